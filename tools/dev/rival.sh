# llama.cpp with its Vulkan back end, built to be measured beside ours and for nothing else: out of
# the source package of its Python binding, in a folder under the cache. Never in CI.

MILL_RIVAL_SOURCE=llama-cpp-python==0.3.36
MILL_RIVAL=$MILL_CACHE/rival

ensure_rival() {
  [ "$(cat "$MILL_RIVAL/built" 2>/dev/null)" != "$MILL_RIVAL_SOURCE" ] || return 0
  say "building llama.cpp ($MILL_RIVAL_SOURCE) in $MILL_RIVAL; this takes 15 minutes and more, once"
  mkdir -p "$MILL_RIVAL"
  exec 6> "$MILL_RIVAL/lock"
  flock 6
  [ -e "$MILL_RIVAL/$(rival_folder)" ] || rival_step "fetching its source" fetch_rival
  rival_step "fetching what its build takes" fetch_rival_tools
  rival_step "building it" build_rival
  echo "$MILL_RIVAL_SOURCE" > "$MILL_RIVAL/built"
  exec 6>&-
}

rival_folder() { local name=${MILL_RIVAL_SOURCE//-/_}; echo "${name/==/-}"; }

rival_step() {
  say "$1"
  "$2" > "$MILL_RIVAL/log" 2>&1 < /dev/null || { tail -n 20 "$MILL_RIVAL/log" >&2; die "$1: failed; the whole log is in $MILL_RIVAL/log"; }
}

fetch_rival() {
  inside python3 -m pip download --no-deps --no-binary llama-cpp-python --dest "$MILL_RIVAL" "$MILL_RIVAL_SOURCE" &&
    tar -C "$MILL_RIVAL" -xzf "$MILL_RIVAL/$(rival_folder).tar.gz"
}

# CMake comes by pip, the SPIR-V headers out of Debian's package: both stay in the folder.
fetch_rival_tools() {
  inside python3 -m pip install --upgrade --target "$MILL_RIVAL/tools" 'cmake<5' || return
  inside test -e /usr/share/cmake/SPIRV-Headers/SPIRV-HeadersConfig.cmake && return
  inside sh -c 'command -v apt-get dpkg-deb' || { echo "needs the SPIR-V headers: install spirv-headers (Fedora: spirv-headers-devel)"; return 1; }
  inside bash -c '
    set -e
    cd "$1"
    mkdir -p apt/lists/partial apt/cache/archives/partial
    options=(-o Dir::State="$1/apt" -o Dir::State::lists="$1/apt/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$1/apt/cache" -o APT::Sandbox::User="$(id -un)")
    apt-get "${options[@]}" update
    apt-get "${options[@]}" download spirv-headers
    for package in spirv-headers_*.deb; do dpkg-deb -x "$package" prefix; done' rival "$MILL_RIVAL"
}

build_rival() {
  local source=$MILL_RIVAL/$(rival_folder)/vendor/llama.cpp prefix=$MILL_RIVAL/prefix/usr
  inside env PYTHONPATH="$MILL_RIVAL/tools" "$MILL_RIVAL/tools/bin/cmake" -S "$source" -B "$MILL_RIVAL/build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS="-I$prefix/include" \
    -DBUILD_SHARED_LIBS=OFF -DGGML_VULKAN=ON -DGGML_NATIVE=ON -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
    -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF &&
    inside env PYTHONPATH="$MILL_RIVAL/tools" nice "$MILL_RIVAL/tools/bin/cmake" --build "$MILL_RIVAL/build" --target llama-bench
}
