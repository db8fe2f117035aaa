#!/usr/bin/env bash
# build.sh OUT NAME…: builds the Debian packages NAME (store-agent, store-hq) into the directory OUT.
# The same sources give the same bytes: each file has the commit's time, no file the build's path.
# Run by `./run package`, in a copy of the project that nobody edits; needs dpkg-deb, apt-get, patchelf, gzip.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
here=systemd/packaging
uv=$PWD/.venv/bin/uv
cache=${XDG_CACHE_HOME:-$HOME/.cache}/store-agent-package
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
arch=$(dpkg --print-architecture)
multiarch=$(uname -m)-linux-gnu
: "${SOURCE_DATE_EPOCH:?the time that each file of the packages bears}"

main() {
    local out name
    out=$(mkdir -p "$1" && readlink -f "$1")
    shift
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    for name in "$@"; do
        describe "$name"
        stage=$work/$name release=$work/$name/usr/lib/$name/package
        install -d -m 755 "$release"
        put_python
        put_program
        put_bytecode
        put_surroundings
        put_control
        settle
        dpkg-deb --root-owner-group --threads-max=1 -Zzstd -z9 -b "$stage" "$out/${name}_${version}_$arch.deb" >/dev/null
        echo "$out/${name}_${version}_$arch.deb"
    done
}

# describe NAME: what differs between the two packages.
describe() {
    name=$1
    case $name in
        store-agent) module=agent.cli config=agent.toml left_out=(sync/hq asyncpg asyncpg-*) ;;
        store-hq) module=sync.hq.cli config=hq.toml left_out=() ;;
        *) echo "build.sh: there is no package $name" >&2 && exit 2 ;;
    esac
}

# Debian's interpreter, less what a service never loads, with the two libraries that a PC may lack.
put_python() {
    local debs unpacked=$work/python package lib
    if [[ ! -d $unpacked ]]; then
        mkdir -p "$cache" "$unpacked"
        while IFS= read -r package; do
            # Debian's archive writes the colon of an epoch as %3a; none of these has one.
            debs=$cache/${package%%=*}_${package#*=}_$arch.deb
            [[ -e $debs ]] || (cd "$cache" && apt-get -qq -o APT::Sandbox::User=root download "$package") ||
                { echo "build.sh: apt offers no $package: put the version that 'apt-cache policy ${package%%=*}' shows into $here/python.lock" >&2 && exit 1; }
            dpkg-deb -x "$debs" "$unpacked"
        done < <(grep -v '^#' "$here/python.lock")
    fi
    install -d "$release/bin" "$release/lib/own"
    cp "$unpacked/usr/bin/python3.11" "$release/bin/"
    cp -a "$unpacked/usr/lib/python3.11" "$release/lib/"
    cp -L "$unpacked/usr/lib/$multiarch"/lib{ffi.so.8,sqlite3.so.0} "$release/lib/own/"
    (
        cd "$release/lib/python3.11"
        rm -rf test idlelib lib2to3 tkinter turtle* ensurepip pydoc_data distutils config-3.11-* sitecustomize.py \
            EXTERNALLY-MANAGED lib-dynload/{_bz2,_lzma,_crypt,_curses,_dbm,_gdbm,_test,_tkinter,_uuid,_xx,audioop,nis,ossaudiodev,readline,xx}*
        for lib in lib-dynload/_ctypes.*.so lib-dynload/_sqlite3.*.so; do
            patchelf --set-rpath "\$ORIGIN/../../own" "$lib"
        done
    )
}

# The locked libraries and the project itself.
put_program() {
    local site=$release/lib/python3.11/dist-packages
    "$uv" pip install --quiet --target "$site" --link-mode copy --python-version 3.11 \
        --python-platform "$(uname -m)-manylinux_2_35" --only-binary :all: --require-hashes --no-deps -r requirements.lock
    rm -rf "$site"/{bin,docs,share,pip,pip-*,setuptools,setuptools-*,pkg_resources,_distutils_hack,distutils-precedence.pth,.lock}
    cp -a agent drivers sync "$site/"
    (cd "$site" && rm -rf "${left_out[@]}")
    # Of a distribution only its name, version and entry points are read; RECORD holds paths of the build.
    find "$site" -path '*.dist-info/*' \( -name RECORD -o -name INSTALLER -o -name REQUESTED -o -name direct_url.json \) -delete
    find "$release" -type d \( -name __pycache__ -o -name tests -o -name test \) -prune -exec rm -rf {} +
    find "$release" \( -name '*.c' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pyi' \) -delete
    install -d "$site/store_agent-$version.dist-info"
    printf 'Metadata-Version: 2.1\nName: store-agent\nVersion: %s\n' "$version" >"$site/store_agent-$version.dist-info/METADATA"
    cp "$here/trial.py" "$release/"
    # The newest schema, and the oldest that reads what this release writes.
    [[ $name == store-hq ]] || .venv/bin/python -c \
        'from agent.store.migrations import known_schema; print(*known_schema(), sep="\n")' >"$release/SCHEMA"
}

# Compiled ahead, and not looked at again: no file is written, or checked, where the program runs.
put_bytecode() {
    "$release/bin/python3.11" -I -B -m compileall -q -j1 --invalidation-mode unchecked-hash \
        -s "$release" -p "/usr/lib/$name/current" "$release/lib"
    # The name of a release: two builds of a version that differ don't share a directory.
    (cd "$release" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-8) >"$work/digest"
    echo "$version-$(<"$work/digest")" >"$release/RELEASE"
}

# The command, units, rules, settings, and what tells about them.
put_surroundings() {
    local share=$stage/usr/share
    put 755 "$here/launcher.sh" "usr/bin/$name"
    put 644 "systemd/$name.service" "usr/lib/systemd/system/$name.service"
    put 644 "systemd/$name.sysusers.conf" "usr/lib/sysusers.d/$name.conf"
    put 644 "systemd/$name.tmpfiles.conf" "usr/lib/tmpfiles.d/$name.conf"
    put 644 "config/$config" "etc/$name/$config"
    install -d "$stage/etc/$name/$config.d"
    put 644 "$here/$name/$name.metainfo.xml" "usr/share/metainfo/$name.metainfo.xml"
    put 644 LICENSE "usr/share/doc/$name/copyright"
    put 644 CHANGELOG.md "usr/share/doc/$name/changelog"
    cp -r docs/store-it.md docs/store-it "$share/doc/$name/"
    if [[ $name == store-agent ]]; then
        put 644 systemd/60-store-agent-devices.rules usr/lib/udev/rules.d/60-store-agent-devices.rules
        put 644 systemd/store-agent-trial.service usr/lib/systemd/system/store-agent-trial.service
    fi
    [[ $name == store-agent ]] || put 644 systemd/store-hq-wallet.service usr/lib/systemd/system/store-hq-wallet.service
    install -d "$share/man/man1" "$share/man/man5" "$share/bash-completion/completions"
    .venv/bin/python "$here/manual.py" "$name" "$share"
    gzip -9n "$share/doc/$name/changelog" "$share"/man/man?/*
}

put() {
    install -D -m "$1" "$2" "$stage/$3"
    fill "$stage/$3"
}

# fill FILE: writes the values of this build where FILE names them.
fill() {
    local schema=
    [[ $name == store-hq ]] || schema=$(head -1 "$release/SCHEMA")
    sed -i -e "s/@NAME@/$name/g; s/@MODULE@/$module/g; s/@VERSION@/$version/g; s/@ARCH@/$arch/g" \
        -e "s/@SCHEMA@/$schema/g" "$1"
}

put_control() {
    local script
    install -d -m 755 "$stage/DEBIAN"
    for script in preinst postinst prerm postrm; do
        # What both have in common stands before what is the package's own.
        { cat "$here/common.sh" && sed 1,2d "$here/$name/$script"; } >"$stage/DEBIAN/$script"
        fill "$stage/DEBIAN/$script"
        chmod 755 "$stage/DEBIAN/$script"
    done
    cp "$here/$name/control" "$stage/DEBIAN/control"
    fill "$stage/DEBIAN/control"
    echo "Installed-Size: $("$here/installed-size.sh" "$stage")" >>"$stage/DEBIAN/control"
    echo "/etc/$name/$config" >"$stage/DEBIAN/conffiles"
    (cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
}

# One time and plain rights for everything.
settle() {
    chmod -R u=rwX,go=rX "$stage"
    find "$stage" -print0 | xargs -0r touch -h -d "@$SOURCE_DATE_EPOCH"
}

main "$@"
