# ./dev test [--full] [TEST…]: builds and runs every test (or those named, as `meson test` names
# them), first in the ordinary build, then those that need no GPU under AddressSanitizer and UBSan.
# The last line is `N passed, N failed, N skipped`, counted from meson's own result.

source "$MILL_DEV/model.sh"

MILL_SETUP=quick
tests=()
for argument in "$@"; do
  case $argument in
    --full) MILL_SETUP=full ;;
    -*) die "test: unknown option “$argument” (there is --full)" ;;
    *) tests+=("$argument") ;;
  esac
done

# Where one run's data, settings and caches go, so that no test sees or changes the person's own.
make_test_home() {
  local folder
  MILL_TEST_HOME=$(mktemp -d "${TMPDIR:-/tmp}/millrace-test.XXXXXX")
  trap 'rm -rf "$MILL_TEST_HOME"' EXIT
  mkdir -m 700 "$MILL_TEST_HOME"/{data,config,state,cache,runtime}
}

# Runs meson's tests in the build folder $1; the other arguments go to meson.
run_meson_tests() {
  local build=$1 status=0
  shift
  rm -f "$build"/meson-logs/testlog*
  MILL_LOGS+=("$build/meson-logs")
  inside env -u DISPLAY -u WAYLAND_DISPLAY -u DBUS_SESSION_BUS_ADDRESS \
    XDG_DATA_HOME="$MILL_TEST_HOME/data" XDG_CONFIG_HOME="$MILL_TEST_HOME/config" \
    XDG_STATE_HOME="$MILL_TEST_HOME/state" XDG_CACHE_HOME="$MILL_TEST_HOME/cache" \
    XDG_RUNTIME_DIR="$MILL_TEST_HOME/runtime" \
    meson test -C "$build" --no-rebuild --setup "$MILL_SETUP" --print-errorlogs "$@" ${tests[@]+"${tests[@]}"} < /dev/null || status=$?
  # 130 and 143: stopped by the person. Every other status is told by the count.
  case $status in 130 | 143) exit "$status" ;; esac
  [ "$status" -eq 0 ] || MILL_TESTS_FAILED=1
}

MILL_LOGS=()
MILL_TESTS_FAILED=0
ensure_build
fetch_starter || say "going on without the starter model: the tests that need it are skipped"
export MILLRACE_STARTER
MILLRACE_STARTER=$(starter_path)
[ -e "$MILLRACE_STARTER" ] || MILLRACE_STARTER=
make_test_home
run_meson_tests "$MILL_BUILD"

MILL_BUILD=$MILL_BUILD-asan
MILL_MESON_ARGS=(-Dapp=false -Db_sanitize=address,undefined)
build_is_fresh || build_now --if-stale
say "the tests that need no GPU, under AddressSanitizer and UBSan"
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:strict_string_checks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
run_meson_tests "$MILL_BUILD" --no-suite gpu --no-suite dev --timeout-multiplier 4

if [ "$MILL_SETUP" = full ] && [ ${#tests[@]} -eq 0 ]; then
  MILL_BUILD=${MILL_BUILD%-asan}-fuzz
  MILL_MESON_ARGS=(-Dapp=false -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false)
  export CC=clang
  build_is_fresh || build_now --if-stale
  say "fuzzing"
  run_meson_tests "$MILL_BUILD" --suite fuzz
fi

inside python3 "$MILL_DEV/count-tests.py" "$MILL_TESTS_FAILED" "${MILL_LOGS[@]}"
