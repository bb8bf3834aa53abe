#!/usr/bin/env bash
# Fetches the pinned corpora of the benchmarks and checks them against benches/corpora.lock.
#
# Usage: benches/corpora.sh [--check] [CORPUS ...]
#   without names   ripgrep django rust-analyzer vendored
#   linux           only when named: 130 MB to fetch, 1.3 GB unpacked
#   --check         also hashes again what is already there
#
# They go to benches/corpora/, which git ignores, or to $LODEMAP_CORPORA.
# Only the ordinary clients of the registries are used: cargo, pip, apt; nothing that arrives is built.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dest=${LODEMAP_CORPORA:-$here/corpora}

say() { printf '%-14s %s\n' "$corpus" "$*"; }
fail() {
  say "$*" >&2
  exit 1
}
need() { command -v "$1" >/dev/null || fail "needs the command '$1': install it and try again"; }

# The value in corpora.lock of a corpus and a key.
pin() {
  awk -v corpus="$1" -v key="$2" '$1 == corpus && $2 == key { print $3; found = 1 } END { exit !found }' \
    "$here/corpora.lock" || fail "has no '$2' in corpora.lock"
}

# check_sum FILE SHA256
check_sum() {
  local sum
  sum=$(sha256sum <"$1")
  [[ ${sum%% *} == "$2" ]] || fail "$(basename "$1") has sha256 ${sum%% *}, corpora.lock says $2"
}

# One sum for a folder: that of the sorted list of its files' sums and paths.
tree_sum() {
  local sum
  sum=$(cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  echo "${sum%% *}"
}

# Puts the crates of a Cargo.lock into the registry cache of cargo: fetch_crates LOCK_FOLDER
fetch_crates() {
  need cargo
  local project=$scratch/project
  mkdir -p "$project/src"
  cp "$here/corpora.lock.d/$1/Cargo.toml" "$here/corpora.lock.d/$1/Cargo.lock" "$project"
  : >"$project/src/lib.rs"
  (cd "$project" && cargo fetch --quiet --locked)
}

# Name, version and sha256 of the crates in a lock: list_crates LOCK_FOLDER
list_crates() {
  awk '$1 == "name" { name = $3 } $1 == "version" { version = $3 } $1 == "checksum" { print name, version, $3 }' \
    "$here/corpora.lock.d/$1/Cargo.lock" | tr -d '"'
}

# Unpacks one crate from the registry cache: unpack_crate NAME VERSION SHA256 FOLDER
unpack_crate() {
  local archive
  archive=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$1-$2.crate" | head -n 1)
  [[ $archive ]] || fail "cargo did not fetch $1 $2"
  check_sum "$archive" "$3"
  mkdir -p "$4"
  tar -xzf "$archive" -C "$4" --strip-components=1
}

# The crates of one release, laid out as in the repository, with the manifests as they were written there.
fetch_ripgrep() {
  fetch_crates ripgrep
  local name version sum folder
  while read -r name version sum; do
    case $name in
      ripgrep) folder=. ;;
      globset | grep | ignore) folder=crates/$name ;;
      grep-*) folder=crates/${name#grep-} ;;
      *) continue ;;
    esac
    unpack_crate "$name" "$version" "$sum" "$1/$folder"
    mv "$1/$folder/Cargo.toml.orig" "$1/$folder/Cargo.toml"
  done < <(list_crates ripgrep)
}

# The packages of rust-analyzer itself, without what they depend on.
fetch_rust_analyzer() {
  fetch_crates vendored
  local name version sum
  while read -r name version sum; do
    case $name in
      ra_ap_*) unpack_crate "$name" "$version" "$sum" "$1/$name" ;;
    esac
  done < <(list_crates vendored)
}

# Everything rust-analyzer is built from, but for the generated bindings to Windows.
fetch_vendored() {
  fetch_crates vendored
  local name version sum
  while read -r name version sum; do
    case $name in
      windows* | winapi*) ;;
      *) unpack_crate "$name" "$version" "$sum" "$1/$name-$version" ;;
    esac
  done < <(list_crates vendored)
}

fetch_django() {
  need python3
  python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$scratch" "$(pin django sdist)"
  local archive
  archive=$(find "$scratch" -maxdepth 1 -name '*.tar.gz' | head -n 1)
  check_sum "$archive" "$(pin django archive)"
  tar -xzf "$archive" -C "$1" --strip-components=1
}

# Debian's source package; an installed one is used as it is.
fetch_linux() {
  need xz
  local package archive
  package=$(pin linux package)
  archive=/usr/src/${package%%=*}.tar.xz
  if [[ -e $archive ]]; then
    say "uses the installed package"
  else
    need apt-get
    need dpkg
    # A list of last month names a version that is gone.
    apt-get update -qq || say "goes on with the old list of packages" >&2
    (cd "$scratch" && apt-get download -qq "$package") ||
      fail "$package cannot be had: Debian keeps few versions; pin the current one in corpora.lock"
    dpkg -x "$scratch"/*.deb "$scratch"
    archive=$scratch$archive
  fi
  check_sum "$archive" "$(pin linux archive)"
  tar -xJf "$archive" -C "$1" --strip-components=1
  # It ignores everything as it stands, since the tree is no checkout.
  mv "$1/.gitignore" "$1/.gitignore.aside"
}

# Fetches one corpus beside its place, checks it, then moves it there.
get() {
  corpus=$1
  local tree folder=$dest/$1 stamp=$dest/.$1.tree expected
  expected=$(pin "$corpus" tree)
  if [[ -d $folder && -e $stamp && $(<"$stamp") == "$expected" ]]; then
    if ((check)); then
      tree=$(tree_sum "$folder")
      [[ $tree == "$expected" ]] || fail "was changed: remove $folder and fetch it again"
      say "is there and unchanged"
    else
      say "is there"
    fi
    return
  fi
  scratch=$(mktemp -d "$dest/.fetch.XXXXXX")
  mkdir "$scratch/tree"
  say "fetching …"
  "fetch_${corpus//-/_}" "$scratch/tree"
  tree=$(tree_sum "$scratch/tree")
  [[ $tree == "$expected" ]] || fail "has tree sha256 $tree, corpora.lock says $expected"
  rm -rf "$folder"
  mv "$scratch/tree" "$folder"
  echo "$tree" >"$stamp"
  rm -rf "$scratch"
  say "fetched: $(find "$folder" -type f | wc -l) files," \
    "$(find "$folder" -name '*.rs' | wc -l) .rs, $(find "$folder" -name '*.py' | wc -l) .py," \
    "$(find "$folder" -name '*.[ch]' | wc -l) .c and .h, $(du -sh "$folder" | cut -f 1)"
}

corpus=corpora scratch='' check=0
trap '[[ -z $scratch ]] || rm -rf "$scratch"' EXIT
if [[ ${1-} == --check ]]; then
  check=1
  shift
fi
(($#)) || set -- ripgrep django rust-analyzer vendored
known=' ripgrep django rust-analyzer vendored linux '
for name in "$@"; do
  [[ $known == *" $name "* ]] || fail "there is no '$name'; there are:$known"
done
mkdir -p "$dest"
for name in "$@"; do
  get "$name"
done
