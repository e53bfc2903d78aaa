# Sourced by the other scripts: what a bare environment lacks.
PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/sbin:/sbin" # useradd, for the embedded PostgreSQL under root
export PATH
cache="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}"
if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
  export XDG_CACHE_HOME="$PWD/.venv-cache" # uv's downloads and fontconfig's cache
fi
if [ "$(uname)" = Darwin ]; then
  for folder in /opt/homebrew/lib /usr/local/lib /usr/lib; do # where brew puts Pango, and where Python does not look by itself
    DYLD_FALLBACK_LIBRARY_PATH="${DYLD_FALLBACK_LIBRARY_PATH:+$DYLD_FALLBACK_LIBRARY_PATH:}$folder"
  done
  export DYLD_FALLBACK_LIBRARY_PATH
fi
