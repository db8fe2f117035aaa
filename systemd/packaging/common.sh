#!/bin/sh
# Maintainer script of @NAME@ @VERSION@.
set -e
home=/usr/lib/@NAME@

say() { echo "@NAME@: $*" >&2; }
booted() { [ -d /run/systemd/system ]; }
running() { booted && systemctl is-active -q @NAME@.service; }
current() { basename "$(readlink "$home/current" 2>/dev/null)"; }

# A directory of its own for each release, made of links to what dpkg unpacked: what runs keeps all its
# files while dpkg replaces them, and the release before it stays whole.
adopt() {
    release=$(cat "$home/package/RELEASE")
    [ ! -d "$home/releases/$release" ] || return 0
    rm -rf "$home/releases/.new"
    mkdir -p "$home/releases"
    cp -al "$home/package" "$home/releases/.new"
    mv -T "$home/releases/.new" "$home/releases/$release"
    sync "$home/releases"
}

# switch RELEASE: `current` names it from now on, at every moment one or the other.
switch() {
    rm -f "$home/.current"
    ln -s "releases/$1" "$home/.current"
    mv -T "$home/.current" "$home/current"
    sync "$home"
}

# prune RELEASE…: removes every other release.
prune() {
    for there in "$home"/releases/* "$home"/releases/.new; do
        case " $* " in *" $(basename "$there") "*) ;; *) rm -rf "$there" ;; esac
    done
}

# A unit that was put into /etc by hand would win over the package's.
put_aside_what_was_by_hand() {
    unit=/etc/systemd/system/@NAME@.service
    if [ -f "$unit" ] && [ ! -L "$unit" ]; then
        mv "$unit" "$unit.by-hand"
        say "the unit in $unit was put aside (.by-hand): the package brings its own"
    fi
}

forget_units() {
    ! booted || systemctl daemon-reload || true
}
