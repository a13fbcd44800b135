"""Prints `N passed, N failed, N skipped` from the results that meson left, and exits 1 when a test
failed or none ran.

Usage: count-tests.py MESON_FAILED MESON_LOGS_FOLDER…

meson writes two logs. The JUnit one holds each subtest of a TAP program, but of a program that
crashed or ran too long only the subtests before that; the JSON one holds each program's own result.
So subtests are counted from the first, and a program that did not end well without a failed subtest
counts as one failure more.
"""

import collections
import glob
import json
import os
import sys
import xml.etree.ElementTree

GOOD = {'OK', 'EXPECTEDFAIL', 'SKIP'}


def subtests(folder):
    """Counts of results for each program, by the name that the JUnit log gives it."""
    programs = collections.defaultdict(collections.Counter)
    for path in glob.glob(os.path.join(folder, 'testlog*.junit.xml')):
        for suite in xml.etree.ElementTree.parse(path).getroot().iter('testsuite'):
            for case in suite.iter('testcase'):
                if case.find('failure') is not None or case.find('error') is not None:
                    result = 'failed'
                elif case.find('skipped') is not None:
                    result = 'skipped'
                else:
                    result = 'passed'
                # A program with subtests is a suite of its own, the others share their project's.
                program = suite.get('name')
                if case.get('classname') != program or '.' not in program:
                    program = f"{suite.get('name')}.{case.get('name')}"
                programs[program][result] += 1
    return programs


def results(folder):
    """Each program's own result, by the same name."""
    found = {}
    for path in glob.glob(os.path.join(folder, 'testlog*.json')):
        with open(path, encoding='utf-8') as log:
            for line in log:
                entry = json.loads(line)
                found[entry['name']] = entry['result']
    return found


def count(folder):
    total = collections.Counter()
    programs = subtests(folder)
    for counts in programs.values():
        total += counts
    for name, result in results(folder).items():
        counts = [c for program, c in programs.items() if program.split('.', 1)[-1] == name]
        if not counts:
            # Not in the JUnit log at all: what the program itself came to.
            total['skipped' if result == 'SKIP' else 'passed' if result in GOOD else 'failed'] += 1
        elif result not in GOOD and not any(c['failed'] for c in counts):
            total['failed'] += 1
    return total


def main():
    total = collections.Counter()
    for folder in sys.argv[2:]:
        here = count(folder)
        if not here:
            print(f'dev: no test ran in {os.path.dirname(folder)}', file=sys.stderr)
            total['failed'] += 1
        total += here
    # meson found a fault that no program's result shows.
    if sys.argv[1] != '0' and not total['failed']:
        print('dev: meson reported a failure', file=sys.stderr)
        total['failed'] += 1
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 1 if total['failed'] or not total['passed'] else 0


sys.exit(main())
