#!/usr/bin/env bash
# Makes the folder ready to run: uv, the locked dependencies, WeasyPrint's Pango libraries. Quick when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

say() { printf '%s\n' "$*" >&2; }
give_up() { say "$*"; exit 1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
  give_up "Usta needs Python 3.11 or newer, and found $(python3 --version 2>/dev/null || echo none): install it, or name it with PYTHON=/path/to/python3 make demo."
}

as_root() { # runs a command as root when that is possible without asking for a password
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() { [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; }; }

apt_install() {
  command -v apt-get >/dev/null 2>&1 && may_be_root || return 1
  say "Installing $* with apt-get…"
  local trouble
  trouble=$({ as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } 2>&1) ||
    { say "$trouble"; return 1; }
}

find_uv() {
  local own="$PWD/.venv-uv"
  if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then command -v uv; return; fi
  if [ -x "$own/bin/uv" ]; then printf '%s\n' "$own/bin/uv"; return; fi
  say "Installing uv into $own…"
  rm -rf "$own"
  if "$1" -m pip --version >/dev/null 2>&1; then
    # --target leaves the system's Python alone, so it also works where that is "externally managed" (PEP 668).
    "$1" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$own" uv >&2 || true
  elif "$1" -m venv "$own" >/dev/null 2>&1 || { apt_install python3-venv && "$1" -m venv --clear "$own" >&2; }; then
    "$own/bin/python" -m pip install --quiet --disable-pip-version-check uv >&2 || true
  fi
  [ -x "$own/bin/uv" ] || give_up "uv could not be installed: install uv (https://docs.astral.sh/uv/) and run this again."
  printf '%s\n' "$own/bin/uv"
}

install_dependencies() {
  local trouble
  if ! trouble=$(UV_PYTHON_DOWNLOADS=never "$1" sync --frozen --quiet --python "$2" 2>&1); then
    # Behind a company's proxy only the system's own certificates know it.
    case $trouble in *certificate*)
      UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 "$1" sync --frozen --quiet --python "$2" && return ;;
    esac
    give_up "$trouble"$'\n'"The dependencies could not be installed; the lines above say why."
  fi
}

install_pango() {
  .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1 && return
  if [ "$(uname)" = Darwin ]; then
    if command -v brew >/dev/null 2>&1; then say "Installing Pango with brew…" && brew install --quiet pango >&2 || true; fi
    .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1 && return
    give_up "PDFs need the Pango libraries: run  brew install pango  and start again."
  fi
  apt_install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 || true
  .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1 && return
  give_up "PDFs need the Pango libraries: run  sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0  (or your system's like) and start again."
}

# Without it fonts are embedded whole by a slower path: PDFs are right, heavier, and take twice as long.
install_font_subsetter() {
  local present='import sys; from weasyprint.text import ffi; sys.exit(getattr(ffi, "harfbuzz_subset", None) is None)'
  .venv/bin/python -c "$present" >/dev/null 2>&1 && return
  apt_install libharfbuzz-subset0 || say "PDFs are made faster with libharfbuzz-subset: install it when you can."
}

[ -w . ] || give_up "Cannot write to $PWD: clone the repository into a folder of yours."
stamp=.venv/.ready
wanted="$(cat uv.lock pyproject.toml scripts/setup.sh | cksum) $PWD"
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

python=$(find_python)
uv=$(find_uv "$python")
say "Installing the dependencies (the first time takes a minute or two)…"
install_dependencies "$uv" "$python"
install_pango
install_font_subsetter
printf '%s' "$wanted" >"$stamp"
