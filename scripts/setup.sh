# Shared by lessons/run, lessons/exercise, lessons/audit and tests/run: install what is missing, configure
# build/, compile with a progress line. Sourced, never run. Plain bash 3.2, so that it works on macOS too.

unset CDPATH  # with it, cd prints where it went
# Without symbolic links, as Meson writes it; the dot keeps a line break at the end.
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P && echo .)
root=${root%$'\n.'}
build=${EVENKEEL_BUILD:-$root/build}

# Colours, progress redraws and ✓ ✗ colouring only where they can be seen.
if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then in_terminal=yes; else in_terminal=; fi

fail() {  # fail EXIT-CODE MESSAGE: one line that names the command, then out
  printf '%s: %s\n' "$command_name" "$2" >&2
  exit "$1"
}

[[ $root != *$'\n'* ]] ||
  fail 1 "there is a line break in the path of the checkout (${root//$'\n'/\\n}), which no build survives"

# --- packages ------------------------------------------------------------------------------------

pages_packages='python3 python3-markdown-it python3-mdit-py-plugins blahtexml'
debian_packages="meson ninja-build g++ pkgconf libarmadillo-dev libopenblas-dev libtbb-dev
  libfmt-dev libboost-test-dev libboost-program-options-dev libboost-random-dev
  libboost-iostreams-dev libboost-filesystem-dev libboost-system-dev
  libgnuplot-iostream-dev gnuplot-nox nlohmann-json3-dev libxsimd-dev libsleef-dev
  librapidcheck-dev libncurses-dev $pages_packages"

# What another system must have, by what is found there: commands, pkg-config modules, headers.
needed_commands='meson ninja pkg-config c++'
needed_modules='armadillo tbb fmt nlohmann_json xsimd sleef'
needed_headers='boost/test/unit_test.hpp boost/program_options.hpp boost/random.hpp gnuplot-iostream.h'

print_packages_elsewhere() {
  cat >&2 <<'END'
Install these, then run the command again:
  Fedora   sudo dnf install meson ninja-build gcc-c++ pkgconf-pkg-config armadillo-devel openblas-devel tbb-devel fmt-devel boost-devel json-devel xsimd-devel sleef-devel gnuplot
  Arch     sudo pacman -S meson ninja gcc pkgconf armadillo openblas onetbb fmt boost nlohmann-json xsimd sleef gnuplot
  macOS    brew install meson ninja pkg-config armadillo openblas tbb fmt boost nlohmann-json xsimd sleef gnuplot
           export PKG_CONFIG_PATH="$(brew --prefix openblas)/lib/pkgconfig"
  For the report, out/index.html, also: blahtexml, and pip install markdown-it-py mdit-py-plugins
  All of them also need gnuplot-iostream, one header: copy gnuplot-iostream.h to /usr/local/include
           (Debian: libgnuplot-iostream-dev; its home is github.com/dstahlke/gnuplot-iostream)
END
}

missing_debian_packages() {
  local package
  for package in "$@"; do
    # Another gnuplot (with windows, say) or another compiler does as well.
    case $package in
      gnuplot-nox) command -v gnuplot >/dev/null && continue ;;
      meson) command -v meson >/dev/null && continue ;;
      ninja-build) command -v ninja >/dev/null && continue ;;
      g++) command -v c++ >/dev/null && continue ;;
      pkgconf) command -v pkg-config >/dev/null && continue ;;
    esac
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      printf '%s ' "$package"
  done
}

install_debian_packages() {
  local missing as_root='' log started=$SECONDS
  missing=$(missing_debian_packages "$@")
  [[ -z $missing ]] && return
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null ||
      fail 1 "packages are missing and there is no sudo; as root: apt-get install ${missing% }"
    as_root='sudo'
    [[ -t 0 ]] || as_root='sudo -n'  # nobody there to type a password
  fi
  printf 'Evenkeel · installing what is missing: %s\n' "${missing% }"
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { $as_root apt-get -q update &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -y --no-install-recommends install $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    fail 1 "could not install the packages; try: ${as_root:+sudo }apt-get install ${missing% }"
  fi
  rm -f "$log"
  echo "Installed in $((SECONDS - started)) s"
}

missing_elsewhere() {
  local thing
  for thing in $needed_commands; do command -v "$thing" >/dev/null || printf '%s ' "$thing"; done
  for thing in $needed_modules; do
    pkg-config --exists "$thing" 2>/dev/null || printf '%s ' "$thing"
  done
  for thing in $needed_headers; do
    printf '#include <%s>\n' "$thing" | c++ -std=c++20 -E -x c++ - >/dev/null 2>&1 ||
      printf '%s ' "$thing"
  done
}

ensure_packages() {
  local missing version
  if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2086
    install_debian_packages $debian_packages
  else
    missing=$(missing_elsewhere)
    if [[ -n $missing ]]; then
      print_packages_elsewhere
      fail 1 "missing on this machine: ${missing% }"
    fi
  fi
  version=$(meson --version)
  [[ ${version%%.*} -ge 1 ]] ||
    fail 1 "Meson 1.0 is needed (Debian 12 and Ubuntu 24.04 have it), this is $version; pipx install meson, and have ~/.local/bin first in PATH"
}

# What --processes needs, and no build without it.
ensure_mpi() {
  command -v apt-get >/dev/null && install_debian_packages openmpi-bin libopenmpi-dev
  command -v mpirun >/dev/null ||
    fail 1 'there is no mpirun here; install Open MPI (Fedora: openmpi-devel, Arch: openmpi, macOS: open-mpi)'
  grep -qs -e '-DEVENKEEL_MPI' "$build/build.ninja" || meson setup --reconfigure "$build" >"$build/setup.log" 2>&1 ||
    fail 1 "the build could not be set up with MPI (see $build/setup.log)"
}

# What pages/ needs to make HTML; sets pages_python. Debian's packages are for Debian's Python, whatever comes first
# in PATH.
ensure_pages() {
  command -v apt-get >/dev/null && install_debian_packages $pages_packages
  for pages_python in python3 /usr/bin/python3 ''; do
    "${pages_python:-false}" -c 'import markdown_it, mdit_py_plugins.dollarmath' 2>/dev/null && break
  done
  [[ $pages_python ]] && command -v blahtexml >/dev/null ||
    fail 1 "pages need Python's markdown-it-py and mdit-py-plugins, and blahtexml; install what is missing here"
}

# --- build folder --------------------------------------------------------------------------------

# One folder for lessons and tests, set up just as a plain "meson setup build" would, so that
# nothing is compiled twice. With arguments, they go to meson setup.
configure() {
  local log=$build/setup.log source_was
  mkdir -p "$build" || fail 1 "cannot write $build"
  if command -v flock >/dev/null; then  # two commands at once: the second waits
    exec 9>"$build/.lock"
    flock -n 9 || { echo 'Waiting for the other build in this folder…'; flock 9; }
  fi
  source_was=$(sed -n '/^Source dir: /{s///p;q;}' "$build/meson-logs/meson-log.txt" 2>/dev/null)
  if [[ -e $build/build.ninja && -n $source_was && $source_was != "$root" ]]; then
    echo "The checkout has moved: setting up $build afresh"
    find "$build" -mindepth 1 -maxdepth 1 ! -name .lock -exec rm -rf {} +
  fi
  [[ -e $build/build.ninja ]] && return
  echo 'Setting up the build'
  if ! meson setup "$build" "$root" "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail 1 'the build could not be set up (see above)'
  fi
}

bar() {  # bar DONE TOTAL: 24 columns
  local width=24 filled i text=''
  filled=$(($2 > 0 ? width * $1 / $2 : width))
  for ((i = 0; i < width; i++)); do
    if ((i < filled)); then text+='━'; else text+='─'; fi
  done
  printf '%s' "$text"
}

# Reads ninja's lines; draws one progress line in a terminal, a few plain lines in a pipe.
show_build_progress() {  # show_build_progress WHAT
  local line finished=0 total=0 started=$SECONDS shown=0
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      finished=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
      if [[ $in_terminal ]]; then
        printf '\r\033[KBuilding %s %s %d/%d  %d s, about %d s left' "$1" \
          "$(bar "$finished" "$total")" "$finished" "$total" $((SECONDS - started)) \
          $(((SECONDS - started) * (total - finished) / (finished > 0 ? finished : 1)))
      elif ((SECONDS - shown >= 15 && finished < total)); then
        shown=$SECONDS
        echo "Building $1: $finished of $total, $((SECONDS - started)) s," \
          "about $(((SECONDS - started) * (total - finished) / (finished > 0 ? finished : 1))) s left"
      fi
    fi
  done
  if [[ $in_terminal && $total -gt 0 ]]; then echo; fi
  if [[ -z $in_terminal && $total -gt 0 ]]; then
    echo "Built $1: $finished of $total steps, $((SECONDS - started)) s"
  fi
}

compile() {  # compile WHAT TARGET…
  local what=$1 log=$build/compile.log status
  shift
  NINJA_STATUS='[%f/%t] ' ninja -C "$build" "$@" 2>&1 9>&- | tee "$log" | show_build_progress "$what"
  status=${PIPESTATUS[0]}
  if ((status != 0)); then
    grep -vE '^\[[0-9]+/[0-9]+\] |^ninja: (Entering|build stopped)' "$log" | head -n 80 >&2
    fail 1 "the build failed (see above; all of it is in $log)"
  fi
  if command -v flock >/dev/null; then exec 9>&-; fi  # built: let another command go on
}
