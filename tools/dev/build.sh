# Building: one folder an environment, made when missing, and built again only when a file changed.

# What `meson setup` is given besides the folders.
MILL_MESON_ARGS=()

set_build_dir() { MILL_BUILD=$MILL_TOP/build/${MILLRACE_BUILD:-$MILL_WHERE}; }

# Whether nothing in the checkout is newer than the last finished build.
build_is_fresh() {
  [ -e "$MILL_BUILD/fresh" ] || return 1
  local newer
  newer=$(cd "$MILL_TOP" && find meson.build meson.options src shaders data po tests -newer "$MILL_BUILD/fresh" -print -quit 2>/dev/null)
  [ -z "$newer" ] && build_is_configured
}

# Whether the folder was set up to its end, for this checkout and with these libraries.
build_is_configured() {
  local top=""
  [ -e "$MILL_BUILD/configured" ] || return 1
  read -r top < "$MILL_BUILD/configured" || true
  [ "$top" = "$MILL_TOP" ] || return 1
  [ "$MILL_WHERE" != tree ] || ! [ "$MILL_TREE/millrace-packages" -nt "$MILL_BUILD/configured" ]
}

set_up_build() {
  say "setting up $MILL_BUILD"
  rm -rf "$MILL_BUILD"
  mkdir -p "$MILL_BUILD" || die "the folder for the build, $MILL_BUILD, cannot be made"
  inside meson setup "$MILL_BUILD" "$MILL_TOP" ${MILL_MESON_ARGS[@]+"${MILL_MESON_ARGS[@]}"} ${MILLRACE_MESON_ARGS:-} > "$MILL_BUILD.log" 2>&1 < /dev/null ||
    build_failed "$?" "the set-up of the build failed" < "$MILL_BUILD.log"
  echo "$MILL_TOP" > "$MILL_BUILD/configured"
}

# Prints what the log on standard input tells of a failure with the exit status $1 and ends.
build_failed() {
  case $1 in 130 | 143) exit "$1" ;; esac
  grep -vE '^\[[0-9]+/[0-9]+\]|^ninja: Entering' >&2 || true
  [ "$(df --output=avail -- "$MILL_BUILD" 2>/dev/null | tail -n 1)" != 0 ] || say "the disk with $MILL_BUILD is full"
  die "$2; the whole log is in $MILL_BUILD.log"
}

build_now() {
  mkdir -p "$(dirname "$MILL_BUILD")" || die "the folder for the build, $MILL_BUILD, cannot be made"
  exec 8> "$MILL_BUILD.lock"
  if ! flock -n 8; then
    say "waiting for another build in $MILL_BUILD"
    flock 8
  fi
  if [ "${1:-}" = --if-stale ] && build_is_fresh; then exec 8>&-; return; fi
  build_is_configured || set_up_build
  # A file changed while the build ran is newer than this.
  : > "$MILL_BUILD/started"
  say "building"
  inside ninja -C "$MILL_BUILD" > "$MILL_BUILD.log" 2>&1 < /dev/null || build_failed "$?" "the build failed" < "$MILL_BUILD.log"
  mv "$MILL_BUILD/started" "$MILL_BUILD/fresh"
  exec 8>&-
}

ensure_build() {
  ensure_environment
  build_is_fresh || build_now --if-stale
}
