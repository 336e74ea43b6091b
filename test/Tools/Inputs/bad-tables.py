# Tables that v4c has to refuse: prints what it says of each, without the table's name.
import json
import os
import subprocess
import sys

v4c, model, folder = sys.argv[1:]
good = {"lanes": 64, "keys": 16, "outputs": 64, "depth": 8}
tables = [
    {},
    [],
    '{"schedules": [',
    "[" * 100000,
    {"targets": {}, "schedules": []},
    {"schedules": [3]},
    {"schedules": [{"lanes": 64, "keys": 16, "outputs": 64}]},
    {"schedules": [good, {**good, "keys": 24}]},
    {"schedules": [{**good, "warps": 64}]},
    {"schedules": [{**good, "stages": 0}]},
    {"schedules": [{**good, "depth": "8"}]},
    {"schedules": [{**good, "depht": 8}]},
    {"schedules": [{**good, "targets": ["vax"]}]},
    {"schedules": [{**good, "family": "sums"}]},
]
path = os.path.join(folder, "bad.json")
for table in tables:
    with open(path, "w") as file:
        file.write(table if isinstance(table, str) else json.dumps(table))
    command = [v4c, model, "--quiet", "--schedules", path, "-o", os.path.join(folder, "none.v4")]
    done = subprocess.run(command, capture_output=True, text=True)
    prefix = f"v4c: error: the table '{path}' "
    assert done.returncode == 1 and done.stderr.startswith(prefix), (done.returncode, done.stderr)
    assert done.stderr.count("\n") == 1, done.stderr
    print(done.stderr[len(prefix) :], end="")
