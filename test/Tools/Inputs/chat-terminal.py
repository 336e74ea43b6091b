"""v4run chat at a pseudo-terminal: chat-terminal.py V4RUN ARTIFACT FOLDER. The artifact is tiny-chat's."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time

V4RUN, ARTIFACT, FOLDER = shutil.which(sys.argv[1]), sys.argv[2], sys.argv[3]
UP, LEFT, HOME = b"\x1b[A", b"\x1b[D", b"\x1b[H"
CTRL_C, CTRL_D = b"\x03", b"\x04"
PROMPT = b"\x1b[?2004h\r\x1b[J> "


class Chat:
    def __init__(self, *options):
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        environment = dict(os.environ, TERM="xterm", XDG_STATE_HOME=FOLDER)
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen([V4RUN, "chat", ARTIFACT, *options], stdin=theirs, stdout=theirs,
                                        stderr=theirs, env=environment, start_new_session=True,
                                        preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.seen = b""
        self.expect(b"/help", b"> ")

    def send(self, keys):
        for at in range(0, len(keys), 512):  # a terminal holds a few KiB only, in both directions
            os.write(self.ours, keys[at:at + 512])
            self.read(0)

    def read(self, limit):
        if not select.select([self.ours], [], [], limit)[0]:
            return False
        try:
            data = os.read(self.ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.seen += data
        return bool(data)

    def expect(self, *wanted, seconds=30):
        """What came until all of `wanted` did, in order; the rest is kept."""
        end = time.monotonic() + seconds
        while True:
            at = 0
            for text in wanted:
                found = self.seen.find(text, at)
                if found < 0:
                    break
                at = found + len(text)
            else:
                taken, self.seen = self.seen[:at], self.seen[at:]
                return taken
            if not self.read(max(0, end - time.monotonic())) and time.monotonic() >= end:
                raise AssertionError(f"no {wanted} in {self.seen}")
            if self.process.poll() is not None and not self.read(0.1):
                raise AssertionError(f"ended with {self.process.returncode}, no {wanted} in {self.seen}")

    def ends(self):
        end = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.05)
        assert self.process.poll() == 0, self.process.poll()
        os.close(self.ours)


def editing_and_history():
    chat = Chat()
    chat.send(b"ello!" + HOME + b"H" + b"\x05x\x7f\r")  # an H in front, an x that is taken back
    chat.expect(b"Hello! How can I help you?", PROMPT)
    chat.send(b"gone" + CTRL_C)  # drops the line only
    chat.expect(PROMPT)
    chat.send(UP + b"\r")
    chat.expect(b"Hello! How can I help you?", PROMPT)
    chat.send(b"\x1b[200~What is the capital\nof France?\x1b[201~")
    chat.expect("\u21b5of France?".encode())
    chat.send(LEFT * len("of France?") + b"\x7f \r")  # the pasted newline becomes a space
    chat.expect(b"Paris.", PROMPT)
    chat.send("\u00e4\u4f60\U0001f600".encode() + b"\x7f\x7f\x7f/stats\r")
    chat.expect(b"held from before", b"messages", PROMPT)
    chat.send(CTRL_D)
    chat.ends()
    lines = open(f"{FOLDER}/v4run/history", encoding="utf-8").read().splitlines()
    assert lines == ["Hello!", "What is the capital of France?", "/stats"], lines
    chat = Chat()
    chat.send(UP + UP + b"\r")
    chat.expect(b"Paris.", PROMPT)
    chat.send(b"/quit\r")
    chat.ends()


def reasoning_and_commands():
    chat = Chat("--history", f"{FOLDER}/other")
    chat.send(b"/mode think-high\r")
    chat.expect(b"/mode think-high", PROMPT)
    chat.send(b"What is the capital of France?\r")
    shown = chat.expect(b"\x1b[2mThe user asks", b"Helsinki.\x1b[0m", b"is Paris.", PROMPT)
    assert b"</think>" not in shown, shown
    chat.send(b"/mode loud\r")
    chat.expect(b"there is no mode 'loud'", PROMPT)
    chat.send(b"/frobnicate\r")
    chat.expect(b"there is no command /frobnicate", PROMPT)
    chat.send(b"/reset\r")
    chat.expect(PROMPT)
    chat.send(b"/stats\r")
    chat.expect(b"0 messages", PROMPT)
    chat.send(b"word " * 5000 + b"\r")
    chat.expect(b"more than the artifact's max context of 4096", PROMPT)
    chat.send(b"/mode non-think\rHello!\r")  # goes on after that
    chat.expect(b"How can I help you?", PROMPT)
    chat.send(CTRL_D)
    chat.ends()
    assert os.path.exists(f"{FOLDER}/other")


def interrupts():
    endless = ["--logit-bias", "1:-inf"]  # no end token: the answer goes on until it is stopped
    chat = Chat(*endless)
    chat.send(b"Hello!\r")
    chat.expect(b"How can I")
    chat.send(CTRL_C)
    stopped = chat.expect(b"(stopped)", PROMPT)
    chat.send(b"/stats\r")  # it is still there, with what came of the answer
    stats = chat.expect(b"2 messages", PROMPT)
    tokens = int(re.search(rb"answer +(\d+) tokens", stats).group(1))
    assert 0 < tokens < 3000, (tokens, stopped)
    chat.send(b"And?\r")
    chat.expect(b"> And?")
    time.sleep(0.3)
    chat.send(CTRL_C)
    chat.expect(b"(stopped)", PROMPT)
    chat.send(CTRL_C)  # the second one leaves
    chat.ends()

    chat = Chat()
    chat.send(CTRL_C)
    chat.expect(b"(Ctrl-C again, or Ctrl-D, leaves)", PROMPT)
    chat.send(b"Hello!\r")
    chat.expect(b"How can I help you?", PROMPT)
    chat.send(CTRL_C)
    chat.expect(b"leaves)", PROMPT)
    chat.send(CTRL_C)
    chat.ends()


def has_terminals():
    """Containers may have none."""
    try:
        for end in pty.openpty():
            os.close(end)
        return True
    except OSError as error:
        print(f"no pseudo-terminals: {error}", file=sys.stderr)
        return False


terminals = has_terminals()
for test in (editing_and_history, reasoning_and_commands, interrupts):
    if terminals:
        test()
    print("passed" if terminals else "skipped", test.__name__)
