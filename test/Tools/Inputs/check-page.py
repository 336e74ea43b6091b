"""check-page.py PAGE FOLDER: looks at the page of `v4c report` of the Pro configuration in a browser.

Wide and narrow, light and dark: nothing is fetched, nothing is complained about, nothing overflows, text is legible, and
the charts show the figures of the specification. Screenshots are left in FOLDER.
"""
import html
import html.parser
import json
import os
import struct
import subprocess
import sys
import tempfile

SCHEMES = {"light": (1, "rgb(255, 255, 255)"), "dark": (0, "rgb(21, 23, 27)")}
WIDTHS = {1280: "wide", 400: "narrow"}
# Drawn text may not be smaller, in pixels.
LEAST_TEXT = 9.5

# A browser's window has a least width, a frame has none. What is seen in the frame goes into an attribute and, the charts
# as the browser has them, behind it: --dump-dom shows both.
FRAME = """<!DOCTYPE html><body style="margin: 0"><iframe width="%d" height="3000" style="border: 0" srcdoc="%s"></iframe>
<script>
addEventListener("load", () => {
  const frame = document.querySelector("iframe").contentWindow, root = frame.document.documentElement;
  const charts = [...frame.document.querySelectorAll("svg[role=img]")];
  const seen = charts.filter(svg => svg.getBoundingClientRect().width > 0), texts = [];
  let outside = 0;
  for (const svg of seen)
    for (const text of svg.querySelectorAll("text")) {
      const own = text.getBoundingClientRect(), all = svg.getBoundingClientRect();
      outside += own.left < all.left - 1 || own.right > all.right + 1 || own.bottom > all.bottom + 1;
      texts.push(text.getScreenCTM().a * parseFloat(frame.getComputedStyle(text).fontSize));
    }
  document.documentElement.dataset.probe = JSON.stringify({
    scroll: root.scrollWidth, inner: frame.innerWidth, outside, smallest: Math.min(...texts),
    back: frame.getComputedStyle(frame.document.body).backgroundColor,
    seen: seen.map(svg => svg.getAttribute("class")),
    fetched: frame.performance.getEntriesByType("resource").length});
  for (const svg of charts)
    document.body.append(document.importNode(svg, true));
});
</script></body>"""


class Charts(html.parser.HTMLParser):
    """By the class of an <svg>: its elements as (tag, attributes, text)."""

    def __init__(self):
        super().__init__()
        self.charts, self.elements, self.probe = {}, [], None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "html":
            self.probe = json.loads(attributes["data-probe"])
        elif tag == "svg" and attributes.get("role") == "img":
            self.elements = self.charts.setdefault(attributes["class"], [])
        self.elements.append([tag, attributes, ""])

    def handle_data(self, data):
        if self.elements:
            self.elements[-1][2] += data


def near(what, value, want, within):
    assert abs(value - want) <= within * abs(want), f"{what} is {value}, wanted {want}"


def axis(chart):
    """From the height of a point to a value, by the first and the last tick."""
    ticks = [(float(a["y"]), float(a["data-value"])) for tag, a, _ in chart if "data-value" in a]
    (low, first), (high, last) = ticks[0], ticks[-1]
    if first > 0:  # an axis that does not begin at 0 is logarithmic
        return lambda y: first * (last / first) ** ((y - low) / (high - low))
    return lambda y: first + (y - low) / (high - low) * (last - first)


def heights(chart, css_class):
    """The drawn values of a line or an upper edge, from left to right."""
    points = next(a["points"] for _, a, _ in chart if a.get("class") == css_class)
    value = axis(chart)
    return [value(float(point.split(",")[1])) for point in points.split()]


def title_at(chart, context):
    return next(text for tag, _, text in chart if tag == "title" and text.split("\n")[0] == context)


def check_charts(charts, kind):
    operations, cache = charts["operations " + kind], charts["cache " + kind]
    near("V3.2's operations", heights(operations, "line k-v32")[-1], 1194.369e9, 0.002)
    # 41 samples from 1k to 1M, along the upper edge and back along the lower.
    near("operations", heights(operations, "area k-head")[40], 319.407e9, 0.004)
    near("operations at 4k", heights(operations, "area k-head")[8], 122.611e9, 0.01)
    near("operations alone", heights(charts["branches " + kind], "area k-head")[40], 319.407e9, 0.002)
    near("V3.2's cache", heights(cache, "line k-v32")[-1], 48068, 0.001)
    near("cache", heights(cache, "area k-index_keys")[40], 5053.6, 0.01)
    assert "DeepSeek-V3.2: 1194.369" in title_at(operations, "1M") and "all: 319.407" in title_at(operations, "1M")
    assert "DeepSeek-V3.2: 48068.0 B" in title_at(cache, "1M") and "all: 5053.6 B" in title_at(cache, "1M")
    # The published effect, on a logarithmic axis: raw gain in the thousands, projected gain near 1.6.
    gain = charts["gain-synthetic " + kind]
    near("raw gain", heights(gain, "line k-raw")[-1], 2149, 0.02)
    near("projected gain", heights(gain, "line k-projected")[-1], 1.667, 0.02)
    ticks = [text.strip() for tag, a, text in operations if a.get("class") == "x"]
    assert ticks == ["1k", "4k", "16k", "64k", "256k", "1M"], ticks


def browse(page, profile, width, scheme, *arguments):
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
               "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--user-data-dir=" + profile,
               f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={width},3000", *arguments,
               "file://" + page]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    complaints = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints, complaints
    return run.stdout


def check(page, folder, profile):
    with open(page) as file:
        text = file.read()
    for outside in ("://", "<script", "<link", "<img", "@import", "url(", "src="):
        assert outside not in text, f"the page has {outside}"
    framed = folder + "/framed.html"
    for width, kind in WIDTHS.items():
        with open(framed, "w") as file:
            file.write(FRAME % (width, html.escape(text)))
        for name, (scheme, background) in SCHEMES.items():
            charts = Charts()
            charts.feed(browse(framed, profile, width, scheme, "--dump-dom"))
            probe = charts.probe
            assert probe["inner"] == width and probe["scroll"] <= width, probe
            assert probe["back"] == background and probe["fetched"] == 0 and probe["outside"] == 0, probe
            assert probe["smallest"] >= LEAST_TEXT, probe
            assert all(kind in shown for shown in probe["seen"]) and len(probe["seen"]) >= 6, probe
            check_charts(charts.charts, kind)
            picture = f"{folder}/{name}-{width}.png"
            browse(page, profile, width, scheme, "--screenshot=" + picture)
            with open(picture, "rb") as file:
                assert struct.unpack(">16xI", file.read(20))[0] == width
            assert os.path.getsize(picture) > 50000, picture


os.makedirs(sys.argv[2], exist_ok=True)
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    check(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), profile)
print("looks right")
