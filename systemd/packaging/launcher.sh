#!/bin/sh
# The release that `current` names now: a running program must not load modules of the next one.
release=$(readlink -f /usr/lib/@NAME@/current) || exit 1
exec "$release/bin/python3.11" -I -X faulthandler -m @MODULE@ "$@"
