#!/usr/bin/env python3
"""Measures keydeck beside its neighbours, in one run, and prints one table; benches/growth.svg shows how cost grows.

  benches/run.py [--quick] [--no-build] [--only PART,…]      parts: console resolve data filter crowd ssh

Builds what it needs. PostgreSQL's server programs, fzf, btm, valgrind and an OpenSSH client are used where they are
there; what is missing is said. Times wander by a third from run to run: read ratios, and bytes and instructions.
"""
import argparse, getpass, glob, json, math, os, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import console

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.environ.get('CARGO_TARGET_DIR', os.path.join(ROOT, 'target'))
KEYDECK = os.path.join(TARGET, 'release', 'keydeck')
ROWS, MISSING, CONSOLES, LOAD = [], [], {}, os.getloadavg()


def row(what, ours, unit, target=None, neighbour=None, better='less', why=None):
    """One line of the table: `target` is the most (or least) that is aimed at, `neighbour` a name and its figure, `why`
    what stands between the figure and its target, told where that is missed."""
    ROWS.append((what, ours, unit, target, neighbour, better, why))


# What stands between a figure and its target, as far as profiles tell: docs/performance.md has them.
WHY = {
    'rows of 10,000 keys': 'ten thousand records are read, decoded and found a place before the first forty can be shown',
    'memory with 10,000 keys': 'of 26 MiB, 17 are pages of the program and of libraries; what it holds itself are 9',
    'threads': 'one for the screen, one beside it, one for keys, two for SQLite; each work in the background, such as loading'
               ' or a frame on its way out, takes another for two seconds',
    'program': 'two engines, TLS, SSH and HTTP are in it, and their dependencies alone come to 15 MB',
    'large workspace: memory': '300,000 nodes of 128 bytes, and 24 more in dense form; a console has its list of everything, too',
    'large workspace: key': 'a list of everything is filtered and built before a key is answered',
    'large workspace loaded': 'a million rows are stepped over and decoded one by one, and found a place by their ids',
    'resolutions, against': 'node, workflow, department, rules and key lie apart in memory, and each is waited for',
    'resolutions with trace': 'every layer is looked at behind the decision, too, and each step of 48 bytes is written',
    'every node told': 'every layer is looked at behind the decision, too, and each step of 48 bytes is written',
}


def say(text):
    print(f'· {text}', file=sys.stderr, flush=True)


def run(*argv, **options):
    return subprocess.run(argv, cwd=ROOT, check=True, text=True, **options)


def there(program):
    found = shutil.which(program)
    if not found and program not in MISSING:
        MISSING.append(program)
    return found


class Postgres:
    """A server of one's own, if its programs are there."""

    def __init__(self, folder):
        homes = sorted(glob.glob('/usr/lib/postgresql/*/bin')) + [os.path.dirname(shutil.which('initdb') or '')]
        self.home, self.folder = next((h for h in homes if h and os.path.exists(f'{h}/initdb')), None), f'{folder}/pg'
        self.url = None
        if not self.home:
            return MISSING.append('PostgreSQL (initdb)')
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            self.port = free.getsockname()[1]
        os.mkdir(self.folder)
        if os.getuid() == 0:
            os.chmod(folder, 0o755)
            shutil.chown(self.folder, 'postgres')
        self.as_server(f'{self.home}/initdb -D {self.folder}/data -A trust -U keydeck')
        options = f'-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c shared_buffers=256MB'
        self.as_server(f"{self.home}/pg_ctl -w -D {self.folder}/data -l {self.folder}/log -o '{options}' start")
        self.url = f'postgres://keydeck@127.0.0.1:{self.port}/'

    def as_server(self, command):
        argv = ['su', 'postgres', '-c', command] if os.getuid() == 0 else ['sh', '-c', command]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

    def flushes(self, seconds=1.0):
        """How often a second the disk of the server takes 8 KiB for good: what no sequence of commits goes beyond."""
        with open(f'{self.folder}/flushes', 'wb', buffering=0) as file:
            file.write(bytes(1 << 20))
            os.fsync(file.fileno())
            begun, count = time.perf_counter(), 0
            while time.perf_counter() - begun < seconds:
                os.pwrite(file.fileno(), bytes(8192), 8192 * (count % 100))
                os.fdatasync(file.fileno())
                count += 1
            return count / (time.perf_counter() - begun)

    def make(self, name):
        command = [f'{self.home}/createdb', '-h', '127.0.0.1', '-p', str(self.port), '-U', 'keydeck', name]
        subprocess.run(command, check=True)
        return self.url + name

    def stop(self):
        if self.url:
            self.as_server(f'{self.home}/pg_ctl -m fast -D {self.folder}/data stop')


def criterion(group, function, size=None):
    """The median of a benchmark, in nanoseconds."""
    part = function.replace('/', '_')
    path = [TARGET, 'criterion', group, part] + ([str(size)] if size else []) + ['new', 'estimates.json']
    try:
        with open(os.path.join(*path)) as file:
            return json.load(file)['median']['point_estimate']
    except FileNotFoundError:
        return None


def built(name):
    """The newest build of a benchmark."""
    return max(glob.glob(os.path.join(TARGET, 'release', 'deps', f'{name}-*[0-9a-f]')), key=os.path.getmtime)


def bench(pattern, environment=None):
    quick = ['--warm-up-time', '0.5', '--measurement-time', '2'] if OPTIONS.quick else []
    home = {'CRITERION_HOME': os.path.join(TARGET, 'criterion')}
    run(built('speed'), '--bench', *quick, pattern, stdout=subprocess.DEVNULL, env=os.environ | home | (environment or {}))


def peak(*argv):
    """The most memory that a program has at once, in MiB."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, argv)
    return usage.ru_maxrss / 1024


def fill(database, workflows):
    begun = time.perf_counter()
    run(KEYDECK, 'demo', '--workflows', str(workflows), '--db', database, '--no-ui', '--quiet')
    return time.perf_counter() - begun


def neighbours_of_console(folder, keys):
    """Programs that people know, each with as many rows as it shows by nature: the program, what is said of it, how it is
    started, what is waited for, a key, and the keys that end it."""
    with open(f'{folder}/lines', 'w') as file:
        file.writelines(line(number) + '\n' for number in range(100_000))
    return [
        ('btm', 'this machine', ['btm'], None, 'j', 'q'),
        ('htop', 'this machine', ['htop'], None, '\x1b[B', 'q'),
        ('rainfrog', 'the same file', ['rainfrog', '--url', f'sqlite://{keys}'], 'credentials', 'j', '\x03'),
        ('fzf', '100,000 lines', ['sh', '-c', f'exec fzf < {folder}/lines'], 'openai', '\x1b[A', '\x1b'),
    ]


def of_console(folder):
    say('the console beside its neighbours')
    keys, large = f'{folder}/keys.db', f'{folder}/large.db'
    with open(f'{folder}/SECRET_KEY', 'w') as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(os.urandom(32).hex())
    with open(f'{folder}/keys.toml', 'w') as file:
        for number in range(10_000):
            provider = ('openai', 'anthropic', 'mistral')[number % 3]
            file.write(f'[[credential]]\nname = "{provider}-key-{number:05}"\nprovider = "{provider}"\n\n')
    run(KEYDECK, 'init', '--db', f'sqlite:{keys}', '--workspace', 'acme', '--quiet',
        '--secret-key-file', f'{folder}/SECRET_KEY')
    run(KEYDECK, 'apply', '--db', f'sqlite:{keys}', '--file', f'{folder}/keys.toml', '--yes', '--quiet', stdout=subprocess.DEVNULL)
    runs = 5 if OPTIONS.quick else 15
    ours = console.measure([KEYDECK, '--db', f'sqlite:{keys}', 'key/openai-key-00000'], 'openai-key', 'j', 'qq', runs, idle=10)
    bare = console.measure([KEYDECK, '--db', f'sqlite:{keys}', 'key/openai-key-00000'], None, None, 'qq', runs, idle=0)
    CONSOLES['keydeck, 10,000 keys'] = ours | {'first_byte': bare['first_byte']}
    for program, what, argv, expect, key, leave in neighbours_of_console(folder, keys):
        if there(program):
            CONSOLES[f'{program}, {what}'] = console.measure(argv, expect, key, leave, runs, idle=10)
    others = list(CONSOLES.items())[1:]
    first = lambda measure: next(((name, it[measure]) for name, it in others if measure in it), None)
    row('first byte', bare['first_byte'], 'ms', 12, first('first_byte'))
    row('rows of 10,000 keys', ours['frame'], 'ms', 40, first('frame'))
    row('key to first byte, median', ours['key'], 'ms', 2, first('key'))
    row('key to first byte, most', ours['key_most'], 'ms', 8, first('key_most'))
    row('bytes of a cursor move', ours['key_bytes'], 'B', 500, first('key_bytes'))
    row('bytes when idle for 10 s', ours['idle_bytes'], 'B', 0, first('idle_bytes'))
    row('processor when idle', ours['idle'], '%', 0.1, first('idle'))
    row('memory with 10,000 keys', ours['rss'], 'MiB', 18, first('rss'))
    row('threads when its rows are there', ours['threads'], '', 5, first('threads'))
    row('threads when it has rested', ours['threads_at_rest'], '', 5, first('threads_at_rest'))
    row('quit', ours['quit'], 'ms', 20, first('quit'))
    row('program', os.path.getsize(KEYDECK) / 2**20, 'MiB', 16)
    row('fill a demo of 100,000 workflows, SQLite', fill(f'sqlite:{large}', 100_000), 's')
    row('large workspace: memory of a command', peak(KEYDECK, 'list', 'departments', '--db', f'sqlite:{large}'), 'MiB', 150)
    big = console.measure([KEYDECK, '--db', f'sqlite:{large}'], '100,000 workflows', 'j', 'qq', 3, idle=0)
    row('large workspace: rows', big['frame'], 'ms')
    row('large workspace: key to first byte, median', big.get('key', math.nan), 'ms', 8)
    row('large workspace: memory of a console', big['rss'], 'MiB', 150)
    return large


def line(number):
    """The same rows as benches/speed/filter.rs makes."""
    provider = ('openai', 'anthropic', 'mistral')[number % 3]
    deed = ('summarise', 'translate', 'classify', 'answer')[number % 4]
    return f'key-{number:07} {provider} dept {number % 97} {deed} invoices {number % 13}'


def of_resolution(large, postgres):
    say('resolution beside SQL and a policy engine')
    bench('^(resolve|change)')
    nodes = 300_000
    rate = lambda function: nodes / criterion('resolve', function, 100_000) * 1e3
    neighbours = {}
    home = os.path.join(ROOT, 'benches', 'neighbours')
    program = NEIGHBOURS
    if not program:
        subprocess.run(['cargo', 'build', '--release', '--quiet'], cwd=home, check=True)
        program = os.path.join(os.environ.get('CARGO_TARGET_DIR', f'{home}/target'), 'release', 'neighbours')
    server = []
    if postgres.url:
        server = [postgres.make('neighbours')]
        row('fill a demo of 100,000 workflows, PostgreSQL', fill(server[0], 100_000), 's')
    said = run(program, large, *server, stdout=subprocess.PIPE).stdout
    for answer in said.splitlines():
        name, micros = answer.split()
        neighbours[name] = 1 / float(micros)
    for name, title in (('sqlite', 'SQL on SQLite'), ('postgres', 'SQL on PostgreSQL'), ('cedar', 'Cedar')):
        if name in neighbours:
            row(f'resolutions, against {title}', rate('answer'), 'M/s', 3, (title, neighbours[name]), 'more')
    row('resolutions with trace', rate('trace'), 'M/s', 1, None, 'more')
    row('every node told with its trace', rate('everywhere'), 'M/s', 1, None, 'more')
    instructions = callgrind()
    if instructions:
        row('instructions per resolution', instructions, '', None)
    whole = criterion('change', 'diff of everything', 100_000)
    row('plan of a change that touches 10,000 nodes', criterion('change', 'diff', 100_000) / 1e6, 'ms', 50,
        ('computing everything', whole / 1e6))
    row('the catalogue after it', criterion('change', 'catalogue', 100_000) / 1e3, 'µs')
    row('who uses a key', criterion('change', 'used by', 100_000) / 1e6, 'ms')


def callgrind():
    """Instructions per resolution: those between the call of one and its return, over all calls there were."""
    if not there('valgrind'):
        return None
    with tempfile.NamedTemporaryFile('r') as file:
        run('valgrind', '--tool=callgrind', f'--callgrind-out-file={file.name}', '--toggle-collect=keydeck::resolve::answer*',
            built('speed'), '--test', '^resolve/answer/2000$', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        profile = file.read()
    # A name stands beside its number once, then the number alone; the calls stand behind who is called.
    number = re.search(r'fn=\((\d+)\) keydeck::resolve::answer$', profile, re.M)[1]
    calls = sum(map(int, re.findall(rf'^cfn=\({number}\).*\ncalls=(\d+)', profile, re.M)))
    return int(re.search(r'^summary: (\d+)', profile, re.M)[1]) / calls


def of_data(postgres):
    say('loading, following, importing, sealing')
    environment = {}
    if postgres.url:
        for size in (2_000, 10_000, 100_000):
            postgres.make(f'bench{size}')
        environment = {'KEYDECK_BENCH_POSTGRES': postgres.url + 'bench'}
    bench('^(catalogue|audit|import|vault)', environment)
    for engine, most in (('sqlite', 1), ('postgres', 2)):
        if criterion(f'catalogue {engine}', 'load', 100_000):
            row(f'large workspace loaded, {engine}', criterion(f'catalogue {engine}', 'load', 100_000) / 1e9, 's', most)
            row(f'followed after one change, {engine}', criterion(f'catalogue {engine}', 'refresh', 100_000) / 1e6, 'ms', 10)
    row('audit log of a million rows verified', criterion('audit', 'verify', 1_000_000) / 1e9, 's')
    row('5,000 Dify exports read and merged', criterion('import', 'dify-dsl', 5_000) / 1e9, 's')
    for deed in ('seal', 'open', 'reseal'):
        row(f'{deed} a key', criterion('vault', deed) / 1e3, 'µs')


def of_filter():
    say('filtering beside fzf')
    bench('^filter')
    for typed in ('openai', 'dept 12 summ', 'zzz'):
        neighbour = None
        if there('fzf'):
            with tempfile.NamedTemporaryFile('w') as file:
                file.writelines(line(number) + '\n' for number in range(100_000))
                file.flush()
                times = []
                for _ in range(5):
                    begun = time.perf_counter()
                    with open(file.name) as rows:
                        subprocess.run(['fzf', '--filter', typed], stdin=rows, stdout=subprocess.DEVNULL)
                    times.append((time.perf_counter() - begun) * 1e3)
                neighbour = ('fzf, whole process', statistics.median(times))
        row(f'100,000 rows by "{typed}"', criterion('filter', f'rank {typed}', 100_000) / 1e6, 'ms', 25, neighbour)


def of_crowd(postgres):
    say('eight consoles at once')
    environment = dict(os.environ)
    if postgres.url:
        postgres.make('crowd')
        environment['KEYDECK_BENCH_POSTGRES'] = postgres.url
    said = run(built('crowd'), '--bench', stdout=subprocess.PIPE, env=environment).stdout
    say(said.strip())
    rate = float(re.search(r'(\d+) a second', said)[1])
    flushes = ('flushes of the disk alone', postgres.flushes()) if postgres.url else None
    row('change sets applied by 8 consoles' + (', PostgreSQL' if postgres.url else ', SQLite'), rate, '/s', 300, flushes,
        'more', 'one writes after another: a dozen statements and a flush each, beside eight consoles on the same processors')


def keys_of(own, groups, pace):
    """Has a group of sessions scroll, then presses a key in one's own: the milliseconds to its answer, the median."""
    answers = []
    for round in range(40):
        begun = time.perf_counter()
        for other in groups[round % len(groups)]:
            other.press('j' if round % 20 < 10 else 'k')
            other.read(0)
        own.press('j')
        answers.append(own.frame(patience=1.0, quiet=0.02)[0])
        for group in groups:
            for other in group:
                other.read(0)
        time.sleep(max(0, pace - (time.perf_counter() - begun)))
    return statistics.median(it for it in answers if it == it)


def of_ssh(folder):
    """Many sessions on one server: memory of each, and the keys of one while all the others scroll."""
    if not (there('ssh') and there('ssh-keygen')):
        return
    count = 20 if OPTIONS.quick else 200
    say(f'{count} sessions over SSH on one server')
    database, key, settings = f'{folder}/ssh.db', f'{folder}/id', f'{folder}/ssh.toml'
    fill(f'sqlite:{database}', 2_000)
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key)
    run(KEYDECK, 'operator', 'add-key', getpass.getuser(), f'{key}.pub', '--db', f'sqlite:{database}', '--yes', '--quiet',
        stdout=subprocess.DEVNULL)
    with open(settings, 'w') as file:
        file.write('[ssh]\n' + ''.join(f'connections{of} = 1000\n' for of in ('', '_per_address', '_unauthenticated')))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([KEYDECK, 'serve', '--listen', f'127.0.0.1:{port}', '--db', f'sqlite:{database}',
                               '--config', settings, '--host-key', f'{folder}/host'],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = [shutil.which('ssh'), '-tt', '-q', '-p', str(port), '-i', key, '-o', 'IdentitiesOnly=yes',
               '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '127.0.0.1']
    sessions = []
    try:
        until = time.time() + 10
        while time.time() < until and socket.socket().connect_ex(('127.0.0.1', port)):
            time.sleep(0.05)

        def memory():
            with open(f'/proc/{server.pid}/status') as file:
                return next(int(text.split()[1]) for text in file if text.startswith('VmRSS')) / 1024

        for number in range(count):
            session = console.Program(command)
            _, whole, _ = session.frame('quit', patience=30)
            if whole != whole:
                raise RuntimeError(f'session {number + 1} shows nothing: {session.seen[-200:]!r}')
            sessions.append(session)
            if number == 0:
                one = memory()
        row('memory of each further SSH session', (memory() - one) / (count - 1), 'MiB', 4)
        own, *others = sessions
        # What people do who read: a line a second each, a few of them at a time.
        paced = keys_of(own, [others[at::20] for at in range(20)], 0.05)
        # And the worst: all of them at the same moment.
        at_once = keys_of(own, [others], 0.5)
        row(f'key over SSH while {count - 1} others scroll a line a second', paced, 'ms', 8, None, 'less',
            'the clients of all sessions run on the same processors')
        row(f'key over SSH when {count - 1} others press at the same moment', at_once, 'ms')
    finally:
        for session in sessions:
            os.kill(session.pid, signal.SIGKILL)
            os.waitpid(session.pid, 0)
        server.terminate()
        server.wait()


def growth():
    """Draws how cost grows from 2,000 workflows to 100,000: both axes in powers of ten."""
    lines = [('resolve every node', 'resolve', 'answer'), ('with trace', 'resolve', 'trace'),
             ('plan of one change', 'change', 'diff'), ('catalogue after it', 'change', 'catalogue'),
             ('load, SQLite', 'catalogue sqlite', 'load'), ('load, PostgreSQL', 'catalogue postgres', 'load'),
             ('follow, SQLite', 'catalogue sqlite', 'refresh'), ('filter', 'filter', 'rank openai')]
    sizes, colours = (2_000, 10_000, 100_000), ('#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b', '#e377c2', '#555')
    across = lambda size: 70 + (math.log10(size) - 3) * 210
    down = lambda nanos: 462 - (math.log10(nanos / 1e3)) * 62
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 500" font-family="sans-serif" font-size="12">',
             '<rect width="720" height="500" fill="#fff"/><text x="70" y="16">time by workflows in the workspace</text>']
    for power, name in enumerate(('1 µs', '10 µs', '100 µs', '1 ms', '10 ms', '100 ms', '1 s', '10 s')):
        y = 462 - power * 62
        parts.append(f'<path d="M70 {y}H500" stroke="#ddd"/><text x="62" y="{y + 4}" text-anchor="end">{name}</text>')
    for size in sizes:
        parts.append(f'<text x="{across(size):.0f}" y="482" text-anchor="middle">{size:,}</text>')
    labels = []
    for (name, group, function), colour in zip(lines, colours):
        points = [(across(size), down(nanos)) for size in sizes if (nanos := criterion(group, function, size))]
        if len(points) > 1:
            joined = ' '.join(f'{x:.0f},{y:.0f}' for x, y in points)
            parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>')
            labels.append([points[-1][1] + 4, name, colour])
    labels.sort()
    for at, (y, name, colour) in enumerate(labels):
        labels[at][0] = y = max(y, labels[at - 1][0] + 14) if at else y
        parts.append(f'<text x="505" y="{y:.0f}" fill="{colour}">{name}</text>')
    if not labels:
        return
    with open(os.path.join(ROOT, 'benches', 'growth.svg'), 'w') as file:
        file.write('\n'.join(parts) + '\n</svg>\n')


def consoles(shown):
    """One line for each program with a screen."""
    columns = [('first_byte', 'first byte'), ('frame', 'rows'), ('key', 'key'), ('key_most', 'at most'), ('key_bytes', 'its bytes'),
               ('idle_bytes', 'idle bytes'), ('idle', 'idle %'), ('rss', 'MiB'), ('threads', 'threads'), ('quit', 'quit')]
    if CONSOLES:
        print('\n' + f'{"programs with a screen; times in ms":38}' + ''.join(f'{title:>11}' for _, title in columns))
    for name, it in CONSOLES.items():
        print(f'{name:38}' + ''.join(f'{shown(it[part]) if part in it else "":>11}' for part, _ in columns))


def table():
    shown = lambda value: f'{value:,.0f}' if abs(value) >= 100 else f'{value:.3g}'
    print(f'\n{"":54} {"keydeck":>10} {"":4} {"target":>8} {"missed by":>10} {"neighbour":>30} {"ratio":>8}')
    reasons = []
    for what, ours, unit, target, neighbour, better, why in ROWS:
        good = target is None or (ours <= target if better == 'less' else ours >= target)
        aim = '' if target is None else ('≤ ' if better == 'less' else '≥ ') + shown(target)
        by = '' if good else f'! {abs(ours - target) / target:.0%}' if target else '!'
        if not good:
            why = why or next((reason for name, reason in WHY.items() if what.startswith(name)), 'not known: profile it')
            reasons.append(f'! {what}: {why}')
        beside = ratio = ''
        if neighbour and neighbour[1] == neighbour[1]:
            beside = f'{neighbour[0]} {shown(neighbour[1])}'
            ratio = f'{neighbour[1] / ours:.2f}×' if better == 'less' and ours else f'{ours / neighbour[1]:.2f}×' if ours else ''
        print(f'{what:54} {shown(ours):>10} {unit:4} {aim:>8} {by:>10} {beside:>30} {ratio:>8}')
    print('\nratio: how many times keydeck is better; "!" marks a target that is missed, and why:')
    print('\n'.join(reasons) or 'none is')
    consoles(shown)
    begun, now = LOAD[0], os.getloadavg()[0]
    print(f'{os.cpu_count()} processors; processes that wanted one: {begun:.1f} at the start, {now:.1f} at the end')
    if MISSING:
        print('not here, so not measured:', ', '.join(MISSING))


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true', help='fewer and shorter runs')
    parser.add_argument('--no-build', action='store_true', help='take the programs that are there')
    parser.add_argument('--only', default='console,resolve,data,filter,crowd,ssh')
    OPTIONS = parser.parse_args()
    # Settings of one's own would be measured, too; cargo goes on where it lives.
    NEIGHBOURS = os.environ.get('KEYDECK_NEIGHBOURS')
    for name in [name for name in os.environ if name.startswith('KEYDECK_')]:
        del os.environ[name]
    for name, folder in (('CARGO_HOME', '.cargo'), ('RUSTUP_HOME', '.rustup')):
        os.environ.setdefault(name, os.path.expanduser(f'~/{folder}'))
    os.environ['HOME'] = tempfile.mkdtemp(prefix='keydeck-bench-home-')
    parts = OPTIONS.only.split(',')
    if not OPTIONS.no_build:
        say('building; the link takes some minutes')
        # In this order: a build for benchmarks leaves a program of its own where the shipped one is looked for.
        run('cargo', 'bench', '--no-run', '--quiet', '--bench', 'speed', '--bench', 'crowd')
        run('cargo', 'build', '--release', '--quiet')
    with tempfile.TemporaryDirectory(prefix='keydeck-bench-') as folder:
        postgres = Postgres(folder)
        try:
            large = f'{folder}/large.db'
            if 'console' in parts:
                of_console(folder)
            if 'resolve' in parts:
                if not os.path.exists(large):
                    fill(f'sqlite:{large}', 100_000)
                of_resolution(large, postgres)
            if 'data' in parts:
                of_data(postgres)
            if 'filter' in parts:
                of_filter()
            if 'crowd' in parts:
                of_crowd(postgres)
            if 'ssh' in parts:
                of_ssh(folder)
        finally:
            postgres.stop()
            growth()
            table()
