# Where Millrace is built and run: on the system itself where it is new enough (GTK 4.18,
# libadwaita 1.7), else in a private Debian 13 tree under the user's cache folder.
#
# Sets MILL_WHERE (host or tree) and MILL_TREE, offers ensure_environment and run_inside.

MILL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/millrace
MILL_TREE=$MILL_CACHE/debian13
MILL_PACKAGES=$MILL_DEV/packages
# Files of /etc that stay the system's own inside the tree.
MILL_HOST_FILES=(/etc/resolv.conf /etc/hosts /etc/passwd /etc/group /etc/machine-id /etc/pip.conf /etc/ssl/certs/ca-certificates.crt)

# The package list of this system's family, or nothing where it is not known.
host_packages() {
  local id="" like=""
  [ -r /etc/os-release ] && { id=$(. /etc/os-release; echo "${ID:-}"); like=$(. /etc/os-release; echo "${ID_LIKE:-}"); }
  case " $id $like " in
    *' debian '* | *' ubuntu '*) echo debian ;;
    *' fedora '*) echo fedora ;;
    *' arch '*) echo arch ;;
  esac
}

# Whether the system's own libraries can be new enough: asked of what is installed, else of the
# system's version.
host_is_new_enough() {
  if command -v pkg-config >/dev/null && pkg-config --exists gtk4 libadwaita-1 2>/dev/null; then
    pkg-config --atleast-version=4.18 gtk4 && pkg-config --atleast-version=1.7 libadwaita-1
    return
  fi
  [ -r /etc/os-release ] || return 1
  local id version
  id=$(. /etc/os-release; echo "${ID:-}")
  version=$(. /etc/os-release; echo "${VERSION_ID:-}")
  case $id in
    debian) [ -z "$version" ] || [ "${version%%.*}" -ge 13 ] ;;
    ubuntu) [ "${version/./}" -ge 2504 ] ;;
    fedora) [ "$version" -ge 42 ] ;;
    arch) true ;;
    *) false ;;
  esac
}

decide_where() {
  case ${MILLRACE_ENVIRONMENT:-} in
    host | tree) MILL_WHERE=$MILLRACE_ENVIRONMENT; return ;;
    '') ;;
    *) die "MILLRACE_ENVIRONMENT is “$MILLRACE_ENVIRONMENT”: use host or tree" ;;
  esac
  # What was decided is kept, so that a call costs no probing.
  local kept=$MILL_CACHE/where
  if [ -r "$kept" ] && [ "$kept" -nt /etc/os-release ]; then
    read -r MILL_WHERE < "$kept"
    return
  fi
  if host_is_new_enough; then MILL_WHERE=host; else MILL_WHERE=tree; fi
  mkdir -p "$MILL_CACHE"
  echo "$MILL_WHERE" > "$kept"
}

list_packages() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# Prints the packages of the list $1 (for family $2) that the system lacks.
missing_packages() {
  local package
  list_packages "$1" | while read -r package; do
    case $2 in
      debian) dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || echo "$package" ;;
      fedora) rpm -q --quiet --whatprovides "$package" || echo "$package" ;;
      arch) pacman -Qq "$package" >/dev/null 2>&1 || echo "$package" ;;
    esac
  done
}

# Installs the packages given where that is allowed: as root, or by sudo when the person says yes.
install_packages() {
  local family=$1 answer
  shift
  local -a install
  case $family in
    debian) install=(apt-get install -y --no-install-recommends "$@") ;;
    fedora) install=(dnf install -y "$@") ;;
    arch) install=(pacman -S --needed --noconfirm "$@") ;;
  esac
  say "missing packages: $*"
  if [ "$(id -u)" -eq 0 ]; then
    say "installing them"
    [ "$family" != debian ] || DEBIAN_FRONTEND=noninteractive apt-get update >&2
    DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2 || die "the packages could not be installed"
    return
  fi
  if [ -t 0 ] && [ -t 2 ] && command -v sudo >/dev/null; then
    read -r -p "dev: install them with sudo? [y/N] " answer
    case $answer in
      [yY]*)
        [ "$family" != debian ] || sudo apt-get update >&2
        sudo "${install[@]}" >&2 || die "the packages could not be installed"
        return ;;
    esac
  fi
  die "install them with: sudo ${install[*]}"
}

ensure_host() {
  local family stamp list
  family=$(host_packages)
  stamp=$MILL_CACHE/host-packages
  if [ -z "$family" ]; then
    say "this system's packages are not known here; trusting that what tools/dev/packages/debian.txt lists is there"
    return
  fi
  list=$MILL_PACKAGES/$family.txt
  cmp -s "$list" "$stamp" && return
  local -a missing
  mapfile -t missing < <(missing_packages "$list" "$family")
  [ ${#missing[@]} -eq 0 ] || install_packages "$family" "${missing[@]}"
  mkdir -p "$MILL_CACHE"
  cp "$list" "$stamp"
}

ensure_tree() {
  cmp -s "$MILL_PACKAGES/debian.txt" "$MILL_TREE/millrace-packages" 2>/dev/null && return
  mkdir -p "$MILL_CACHE"
  exec 9> "$MILL_CACHE/debian13.lock"
  flock 9
  # Another call may have made it while this one waited.
  if ! cmp -s "$MILL_PACKAGES/debian.txt" "$MILL_TREE/millrace-packages" 2>/dev/null; then make_tree; fi
  exec 9>&-
}

make_tree() {
  local family tool new=$MILL_TREE.new log=$MILL_CACHE/debian13.log
  local -a missing=() packages
  family=$(host_packages)
  for tool in mmdebstrap bwrap; do
    command -v $tool >/dev/null || missing+=("${tool/bwrap/bubblewrap}")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    [ -n "$family" ] || die "needs ${missing[*]}: install them with your system's package manager"
    install_packages "$family" "${missing[@]}"
  fi
  if [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    [ "$family" = debian ] || [ "$family" = fedora ] || [ "$family" = arch ] || die "needs Debian's archive keyring (debian-archive-keyring)"
    install_packages "$family" debian-archive-keyring
  fi
  if [ "$(id -u)" -ne 0 ] && ! grep -q "^$(id -un):\|^$(id -u):" /etc/subuid 2>/dev/null; then
    say "your account has no subordinate user ids, which making the private tree takes. Add them once with:"
    say "  sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
    exit 1
  fi

  say "making a private Debian 13 tree in $MILL_TREE (about 2 GB, once; a minute or two)"
  if [ -e "$new" ]; then remove_tree "$new"; fi
  mapfile -t packages < <(list_packages "$MILL_PACKAGES/debian.txt")
  local touch="cd \"\$1\"; for file in ${MILL_HOST_FILES[*]}; do [ -e \"\$1\$file\" ] || { mkdir -p \"\$(dirname \"\$1\$file\")\"; : > \"\$1\$file\"; }; done"
  if ! mmdebstrap --variant=apt --include="${packages[*]}" --customize-hook="$touch" trixie "$new" > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "the tree could not be made; the whole log is in $log"
  fi
  cp "$MILL_PACKAGES/debian.txt" "$new/millrace-packages"
  if [ -e "$MILL_TREE" ]; then remove_tree "$MILL_TREE"; fi
  mv "$new" "$MILL_TREE"
}

# A tree made as an ordinary user belongs to subordinate ids, so it takes their namespace to remove.
remove_tree() {
  if [ "$(id -u)" -eq 0 ]; then rm -rf --one-file-system "$1"
  else rm -rf "$1" 2>/dev/null || unshare --user --map-auto --map-root-user rm -rf "$1"; fi
}

ensure_environment() {
  [ -n "${MILL_WHERE:-}" ] || decide_where
  case $MILL_WHERE in
    host) ensure_host ;;
    tree) ensure_tree ;;
  esac
  set_build_dir
}

# The caller's whole machine stays where it is, except that /usr and /etc are Debian 13's.
# /usr/local stays the caller's, for files given by path.
tree_arguments() {
  local entry name
  tree_args=(--ro-bind "$MILL_TREE/usr" /usr --ro-bind "$MILL_TREE/etc" /etc
    --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64
    --dev-bind /dev /dev --bind /proc /proc --ro-bind /sys /sys)
  for entry in /*; do
    name=${entry#/}
    case $name in
      usr | bin | sbin | lib | lib32 | lib64 | libx32 | etc | dev | proc | sys | 'lost+found' | boot | old_root) continue ;;
    esac
    if [ -L "$entry" ]; then tree_args+=(--symlink "$(readlink "$entry")" "$entry")
    elif [ -d "$entry" ] && [ -r "$entry" ]; then tree_args+=(--bind "$entry" "$entry"); fi
  done
  [ ! -d /usr/local ] || tree_args+=(--bind /usr/local /usr/local)
  for entry in "${MILL_HOST_FILES[@]}"; do
    # bubblewrap cannot make a mount point in the read-only tree, so the file has to be there.
    if [ -e "$entry" ] && [ -f "$MILL_TREE$entry" ]; then tree_args+=(--ro-bind "$entry" "$entry"); fi
  done
  name=$(readlink -f /etc/localtime)
  [ -n "${TZ:-}" ] || [ "$name" = "${name#*/zoneinfo/}" ] || tree_args+=(--setenv TZ "${name#*/zoneinfo/}")
  # Root keeps what root may do; an ordinary user has nothing to keep.
  [ "$(id -u)" -ne 0 ] || tree_args+=(--cap-add ALL)
  for name in LD_LIBRARY_PATH LD_PRELOAD PYTHONPATH PYTHONHOME GI_TYPELIB_PATH GTK_PATH GIO_EXTRA_MODULES XDG_DATA_DIRS; do
    tree_args+=(--unsetenv "$name")
  done
  tree_args+=(--setenv PATH /usr/bin:/usr/sbin --setenv MILLRACE_ENVIRONMENT tree --chdir "$PWD" --die-with-parent)
}

# Runs a command where the program is built, with the caller's streams, folder and environment;
# does not return. In the tree the command is a child of bubblewrap, which passes no signal on, so
# this shell stays to do that.
run_inside() {
  if [ "${MILL_WHERE:-}" = host ]; then exec "$@"; fi
  tree_arguments
  local name status=0 stat
  trap 'pass_signal INT' INT
  for name in TERM HUP QUIT USR1 USR2; do trap "pass_signal $name" "$name"; done
  # A shell starts background commands with the interrupt ignored and no input; both are undone here.
  env --default-signal=INT,QUIT bwrap "${tree_args[@]}" -- "$@" <&0 &
  MILL_CHILD=$!
  while :; do
    status=0
    wait "$MILL_CHILD" || status=$?
    # A trap ends the wait early: the child is asked about again.
    [ -d "/proc/$MILL_CHILD" ] || break
    read -r stat < "/proc/$MILL_CHILD/stat" 2>/dev/null || break
    stat=${stat##*) }
    [ "${stat:0:1}" != Z ] || break
  done
  wait "$MILL_CHILD" 2>/dev/null || status=$?
  exit "$status"
}

pass_signal() {
  local stat children
  if [ "$1" = INT ]; then
    # On the terminal, Ctrl+C reaches the command by itself: its group is the one in front.
    read -r stat < "/proc/$$/stat"
    stat=${stat##*) }
    set -- "$1" $stat
    [ "$4" != "$7" ] || return 0
  fi
  # The file ends without a line break, so read gives what it holds and fails.
  children=""
  { read -r children < "/proc/$MILL_CHILD/task/$MILL_CHILD/children"; } 2>/dev/null || true
  [ -z "$children" ] || kill -s "$1" $children 2>/dev/null || true
}

# As run_inside, but returns: for the steps of this script itself.
inside() { ( run_inside "$@" ); }
