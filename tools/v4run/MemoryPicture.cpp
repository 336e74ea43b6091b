#include "tools/v4run/MemoryPicture.h"

#include <algorithm>
#include <cstdarg>
#include <map>
#include <tuple>

namespace v4run {

namespace {

struct Box {
  std::string name, type;
  uint64_t offset, bytes;
  size_t first, last; // dispatches
};

struct Picture {
  std::string program;
  size_t dispatches;
  uint64_t arena;
  std::vector<Box> boxes;                     // by offset
  std::vector<std::pair<size_t, int>> layers; // first dispatch of each, in order

  /// The most bytes that live at one dispatch.
  uint64_t peak() const {
    uint64_t most = 0;
    for (size_t i = 0; i < dispatches; ++i) {
      uint64_t sum = 0;
      for (const Box &box : boxes)
        sum += i >= box.first && i <= box.last ? box.bytes : 0;
      most = std::max(most, sum);
    }
    return most;
  }
};

/// Not to be trusted: a manifest's buffers may overlap or be huge, and programs long.
std::vector<Picture> pictures(const Json &report) {
  std::vector<Picture> list;
  for (const Json &program : report["programs"]) {
    Picture picture;
    picture.program = program["name"];
    picture.dispatches = program["dispatches"].size();
    picture.arena = report["arena_bytes"];
    int before = -1;
    for (size_t i = 0; i < picture.dispatches; ++i)
      if (int layer = program["dispatches"][i]["layer"]; layer != before && layer >= 0)
        picture.layers.push_back({i, before = layer});
    for (const Json &buffer : report["buffers"])
      if (auto life = buffer["lifetimes"].find(picture.program); life != buffer["lifetimes"].end())
        picture.boxes.push_back(
            {buffer["name"], buffer["type"], buffer["offset"], buffer["bytes"], (*life)[0], (*life)[1]});
    std::sort(picture.boxes.begin(), picture.boxes.end(), [](const Box &a, const Box &b) {
      return std::tie(a.offset, a.first, a.last, a.name) < std::tie(b.offset, b.first, b.last, b.name);
    });
    list.push_back(std::move(picture));
  }
  return list;
}

__attribute__((format(printf, 2, 3))) void append(std::string &text, const char *form, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, form);
  vsnprintf(line, sizeof line, form, arguments);
  va_end(arguments);
  text += line;
}

constexpr size_t kColumns = 96, kRows = 20;

/// "#" where a twentieth of the arena is full during some dispatch of the column, "+", ":" and "." for less,
/// " " for none.
void drawMap(std::string &text, const Picture &picture) {
  size_t columns = std::min(kColumns, picture.dispatches);
  double height = std::max<double>(double(picture.arena) / kRows, 1);
  std::vector<std::vector<double>> filled(kRows, std::vector<double>(columns));
  for (size_t column = 0; column < columns; ++column) {
    size_t from = column * picture.dispatches / columns, to = (column + 1) * picture.dispatches / columns;
    for (size_t dispatch = from; dispatch < std::max(to, from + 1); ++dispatch) {
      std::vector<double> bytes(kRows);
      for (const Box &box : picture.boxes) {
        if (dispatch < box.first || dispatch > box.last)
          continue;
        double begin = double(box.offset), end = begin + double(box.bytes);
        for (size_t row = size_t(begin / height); row < kRows && double(row) * height < end; ++row)
          bytes[row] += std::min(end, double(row + 1) * height) - std::max(begin, double(row) * height);
      }
      for (size_t row = 0; row < kRows; ++row)
        filled[row][column] = std::max(filled[row][column], bytes[row] / height);
    }
  }
  std::string ruler(columns, ' ');
  size_t free = 0;
  for (auto [dispatch, layer] : picture.layers) {
    std::string mark = "|" + std::to_string(layer);
    size_t column = dispatch * columns / picture.dispatches;
    if (column >= free && column + mark.size() <= columns) {
      ruler.replace(column, mark.size(), mark);
      free = column + mark.size();
    }
  }
  append(text, "  %12s  %s\n", "layer", ruler.c_str());
  for (size_t row = kRows; row-- > 0;) {
    std::string line;
    for (double share : filled[row])
      line += share > 0.99 ? '#' : share > 0.5 ? '+' : share > 0.1 ? ':' : share > 0 ? '.' : ' ';
    append(text, "  %12.0f  %s\n", double(row) * height, line.c_str());
  }
}

void drawBuffers(std::string &text, const Picture &picture) {
  constexpr size_t kWide = 64;
  size_t columns = std::min(kWide, picture.dispatches);
  text += "  offset, bytes, type, from the first to the last dispatch that uses it, name\n";
  for (const Box &box : picture.boxes) {
    size_t from = box.first * columns / picture.dispatches, to = box.last * columns / picture.dispatches;
    std::string bar(columns, '.');
    bar.replace(from, to - from + 1, to - from + 1, '=');
    append(text, "  %10llu %10llu %6s  %s  %4zu-%-4zu ", static_cast<unsigned long long>(box.offset),
           static_cast<unsigned long long>(box.bytes), box.type.c_str(), bar.c_str(), box.first, box.last);
    text += (box.name.empty() ? "-" : box.name) + "\n";
  }
}

std::string escapedXml(const std::string &text) {
  std::string result;
  for (char c : text)
    result += c == '&'   ? "&amp;"
              : c == '<' ? "&lt;"
              : c == '>' ? "&gt;"
              : c == '"' ? "&quot;"
                         : std::string(1, c);
  return result;
}

constexpr double kWidth = 1100, kLeft = 90, kRight = 20, kHeight = 380, kHead = 52, kFoot = 34;

const char *const kStyle = R"css(
svg { font: 12px system-ui, "DejaVu Sans", sans-serif; background: #fff; color-scheme: light dark; }
text { fill: #4a5160; } .title { font-size: 15px; fill: #1c1f24; } .axis { stroke: #b9bfca; } .layer { stroke: #e3e6eb; }
rect.box { stroke: #fff; stroke-width: 0.5; } rect.box:hover { stroke: #000; stroke-width: 1.5; }
.t0 { fill: #3b6fb6; } .t1 { fill: #d08a2e; } .t2 { fill: #5a9a56; } .t3 { fill: #b0558f; } .t4 { fill: #7b7f88; }
@media (prefers-color-scheme: dark) {
  svg { background: #15171b; } text { fill: #a4abb8; } .title { fill: #e8eaee; } .axis { stroke: #59606c; }
  .layer { stroke: #2b2f37; } rect.box { stroke: #15171b; } rect.box:hover { stroke: #fff; }
})css";

class SvgWriter {
public:
  std::string write(const std::vector<Picture> &list) {
    double height = kHeight + kHead + kFoot;
    append(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" role=\"img\">", kWidth,
           height * double(list.size()));
    svg += std::string("<style>") + kStyle + "\n</style>\n";
    for (size_t i = 0; i < list.size(); ++i)
      draw(list[i], height * double(i));
    return svg + "</svg>\n";
  }

private:
  int classOf(const std::string &type) {
    static const std::map<std::string, int> kClasses = {{"f32", 0}, {"bf16", 1}, {"i32", 2}, {"u8", 3}};
    auto found = kClasses.find(type);
    return found == kClasses.end() ? 4 : found->second;
  }

  void label(double x, double y, const char *anchor, const std::string &text, const char *style = "") {
    append(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, style);
    svg += escapedXml(text) + "</text>\n";
  }

  void draw(const Picture &p, double top) {
    double width = kWidth - kLeft - kRight, base = top + kHead + kHeight;
    double step = width / double(std::max<size_t>(p.dispatches, 1)),
           scale = kHeight / double(std::max<uint64_t>(p.arena, 1));
    char title[200];
    snprintf(title, sizeof title,
             "%.60s: %.2f MiB of memory for a step over %zu dispatches; %.2f MiB in use at once at most",
             p.program.c_str(), double(p.arena) / 1048576, p.dispatches, double(p.peak()) / 1048576);
    label(kLeft, top + 20, "start", title, " class=\"title\"");
    double legend = kLeft;
    for (const char *type : {"f32", "bf16", "i32", "u8"}) {
      append(svg, "<rect class=\"t%d\" x=\"%.1f\" y=\"%.1f\" width=\"10\" height=\"10\"/>", classOf(type),
             legend, top + 30);
      label(legend + 14, top + 39, "start", type);
      legend += 60;
    }
    double free = kLeft;
    for (auto [dispatch, layer] : p.layers) {
      double x = kLeft + step * double(dispatch);
      append(svg, "<line class=\"layer\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x, top + kHead,
             x, base);
      if (x >= free) {
        label(x + 2, base + 15, "start", (free == kLeft ? "layer " : "") + std::to_string(layer));
        free = x + (free == kLeft ? 62 : 26);
      }
    }
    for (int i = 0; i <= 4; ++i) {
      double y = base - kHeight * i / 4;
      char bytes[32];
      snprintf(bytes, sizeof bytes, "%.2f MiB", double(p.arena) * i / 4 / 1048576);
      label(kLeft - 6, y + 4, "end", bytes);
      append(svg, "<line class=\"axis\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", kLeft - 4, y,
             kLeft, y);
    }
    for (const Box &box : p.boxes) {
      double x = kLeft + step * double(box.first), y = base - scale * double(box.offset + box.bytes);
      append(svg, "<rect class=\"box t%d\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>",
             classOf(box.type), x, y, step * double(box.last - box.first + 1),
             std::max(scale * double(box.bytes), 0.5));
      svg += escapedXml(box.name.empty() ? "without a name" : box.name);
      append(svg, ": %llu B of %s at %llu, dispatches %zu to %zu</title></rect>\n",
             static_cast<unsigned long long>(box.bytes), box.type.c_str(),
             static_cast<unsigned long long>(box.offset), box.first, box.last);
    }
  }

  std::string svg;
};

} // namespace

std::string memoryText(const Json &report) {
  std::string text;
  for (const Picture &picture : pictures(report)) {
    append(text,
           "\nmemory of %.60s: %llu bytes upwards, %zu dispatches to the right; # full, + more than half, : "
           "a tenth, "
           ". less; at most %llu bytes in use at once\n",
           picture.program.c_str(), static_cast<unsigned long long>(picture.arena), picture.dispatches,
           static_cast<unsigned long long>(picture.peak()));
    drawMap(text, picture);
    drawBuffers(text, picture);
  }
  return text;
}

std::string memorySvg(const Json &report) { return SvgWriter().write(pictures(report)); }

} // namespace v4run
