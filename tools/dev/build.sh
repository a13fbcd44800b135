# Building: one folder an environment, made when missing, and built again only when a file changed.

set_build_dir() { MILL_BUILD=$MILL_TOP/build/${MILLRACE_BUILD:-$MILL_WHERE}; }

# Whether nothing in the checkout is newer than the last finished build.
build_is_fresh() {
  [ -e "$MILL_BUILD/fresh" ] || return 1
  local newer
  newer=$(cd "$MILL_TOP" && find meson.build meson.options src shaders data po tests -newer "$MILL_BUILD/fresh" -print -quit 2>/dev/null)
  [ -z "$newer" ]
}

build_now() {
  mkdir -p "$MILL_BUILD"
  exec 8> "$MILL_BUILD.lock"
  flock 8
  local log=$MILL_BUILD.log start
  start=$(mktemp "$MILL_BUILD/start.XXXXXX")
  if [ ! -e "$MILL_BUILD/build.ninja" ]; then
    say "setting up $MILL_BUILD"
    inside meson setup "$MILL_BUILD" "$MILL_TOP" ${MILLRACE_MESON_ARGS:-} > "$log" 2>&1 < /dev/null || { cat "$log" >&2; rm -f "$start"; die "the set-up of the build failed"; }
  fi
  say "building"
  inside ninja -C "$MILL_BUILD" > "$log" 2>&1 < /dev/null || { grep -vE '^\[[0-9]+/[0-9]+\]|^ninja: Entering' "$log" >&2; rm -f "$start"; die "the build failed; the whole log is in $log"; }
  # A file changed while the build ran is newer than this.
  mv "$start" "$MILL_BUILD/fresh"
  exec 8>&-
}

ensure_build() {
  ensure_environment
  build_is_fresh || build_now
}
