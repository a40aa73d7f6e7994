"""Runs a program in a terminal of its own and takes the time: first byte, first frame, keys, idle, memory.

As a program: console.py [--expect TEXT] [--key KEYS] [--quit KEYS] -- PROGRAM ARGUMENTS…
"""
import argparse, fcntl, json, os, pty, re, select, signal, statistics, struct, termios, time

COLUMNS, LINES = 120, 40
# What programs ask their terminal and wait for, and what an xterm answers.
ANSWERS = [
    (rb'\x1b\[0?c', b'\x1b[?62;22c'), (rb'\x1b\[>0?c', b'\x1b[>0;276;0c'), (rb'\x1b\[6n', b'\x1b[1;1R'),
    (rb'\x1b\[5n', b'\x1b[0n'), (rb'\x1b\[\?u', b'\x1b[?0u'), (rb'\x1b\[>q', b'\x1bP>|xterm(379)\x1b\\'),
    (rb'\x1b\[\?996n', b'\x1b[?997;1n'), (rb'\x1b\[\?2026\$p', b'\x1b[?2026;2$y'),
    (rb'\x1b\]11;\?(?:\x07|\x1b\\)', b'\x1b]11;rgb:1010/1212/1616\x1b\\'),
    (rb'\x1b\]10;\?(?:\x07|\x1b\\)', b'\x1b]10;rgb:dddd/dddd/dddd\x1b\\'),
]
MOVES = re.compile(rb'\x1b\[[?>=<!]?[0-9;:]*[ -/]*[@-~]|\x1b[\]P_^X].*?(?:\x07|\x1b\\)|\x1b.', re.S)


class Program:
    """A program under way."""

    def __init__(self, argv, environment=None):
        self.sent, self.seen = 0, b''
        ready, go = os.pipe()
        master, slave = pty.openpty()
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', LINES, COLUMNS, 0, 0))
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for end in (0, 1, 2):
                os.dup2(slave, end)
            os.read(ready, 1)
            os.closerange(3, 64)
            variables = {k: v for k, v in os.environ.items() if k not in ('TMUX', 'NO_COLOR', 'COLORTERM')}
            os.execvpe(argv[0], argv, variables | {'TERM': 'xterm-256color'} | (environment or {}))
        os.close(slave)
        self.terminal, self.begun = master, time.perf_counter()
        os.write(go, b'x')
        os.close(go)
        os.close(ready)

    def read(self, patience):
        """Reads once and answers what is asked; None at the end."""
        if not select.select([self.terminal], [], [], patience)[0]:
            return b''
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:
            return None
        self.sent += len(data)
        self.seen = (self.seen + data)[-1 << 18:]
        for question, answer in ANSWERS:
            for _ in re.finditer(question, data):
                os.write(self.terminal, answer)
        return data or None

    def frame(self, expect=None, patience=20.0, quiet=0.08):
        """Waits for a frame; returns the milliseconds to its first byte and to its last (or to the text), and its bytes."""
        begun, before, first, last, found = time.perf_counter(), self.sent, None, None, None
        while time.perf_counter() - begun < patience:
            data = self.read(0.002 if expect and not found else quiet / 4)
            now = time.perf_counter()
            if data is None:
                break
            if data:
                first, last = first or now, now
                if expect and not found and expect.encode() in MOVES.sub(b'', self.seen):
                    found = now
            elif last and (found or not expect) and now - last >= quiet:
                break
        end = found if expect else last
        after = lambda moment: (moment - begun) * 1e3 if moment else float('nan')
        return after(first), after(end), self.sent - before

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def status(self, name):
        with open(f'/proc/{self.pid}/status') as file:
            return next(int(line.split()[1]) for line in file if line.startswith(name))

    def processor_seconds(self):
        with open(f'/proc/{self.pid}/stat') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def end(self, keys):
        """Ends it by its keys, else by a signal; returns the milliseconds that took."""
        begun = time.perf_counter()
        if keys:
            self.press(keys)
        else:
            os.kill(self.pid, signal.SIGTERM)
        while time.perf_counter() - begun < 2:
            self.read(0.001)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                os.close(self.terminal)
                return (time.perf_counter() - begun) * 1e3
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return float('nan')


def measure(argv, expect=None, key=None, quit_by='', runs=7, idle=3.0, keys=20, environment=None):
    """Starts a program several times; keys, idle and memory are taken from the last run. Medians, in ms, bytes, MiB."""
    first, frame, size, left, result = [], [], [], [], {}
    for run in range(runs):
        program = Program(argv, environment)
        byte, whole, count = program.frame(expect)
        first.append(byte), frame.append(whole), size.append(count)
        if run == runs - 1:
            result |= {'rss': program.status('VmRSS') / 1024, 'threads': program.status('Threads')}
            answers, counts = [], []
            for _ in range(keys if key else 0):
                program.press(key)
                byte, _, count = program.frame(patience=1.0, quiet=0.03)
                answers.append(byte), counts.append(count)
            answers = [it for it in answers if it == it]
            if answers:
                result |= {'key': statistics.median(answers), 'key_most': max(answers), 'key_bytes': statistics.median(counts)}
            if idle:
                seconds, sent, until = program.processor_seconds(), program.sent, time.perf_counter() + idle
                while time.perf_counter() < until and program.read(0.1) is not None:
                    pass
                result |= {'threads_at_rest': program.status('Threads'), 'idle_bytes': program.sent - sent, 'idle': 100 * (program.processor_seconds() - seconds) / idle}
        left.append(program.end(quit_by))
    middle = lambda values: statistics.median([it for it in values if it == it] or [float('nan')])
    return {'first_byte': middle(first), 'frame': middle(frame), 'bytes': middle(size), 'quit': middle(left)} | result


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('--expect', '--key', '--quit'):
        parser.add_argument(name)
    parser.add_argument('--runs', type=int, default=7)
    parser.add_argument('program', nargs='+')
    asked = parser.parse_args()
    print(json.dumps(measure(asked.program, asked.expect, asked.key, asked.quit or '', asked.runs), indent=1))
