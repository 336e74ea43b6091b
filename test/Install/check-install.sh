#!/usr/bin/env bash
# What `cmake --install` puts down is enough to build and run the examples, by CMake and by pkg-config, and the packages can
# be made.   check-install.sh BUILD SOURCE SCRATCH
set -euo pipefail
build=$1 source=$2 scratch=$3
rm -rf "$scratch" && mkdir -p "$scratch"
prefix=$scratch/prefix
cmake --install "$build" --prefix "$prefix" >/dev/null

"$prefix/bin/v4c" "$source/test/data/tiny-chat-fp8fp4" --quiet --max-context 256 -o "$scratch/model.v4"
"$prefix/bin/v4run" inspect "$scratch/model.v4" >/dev/null

cmake -S "$prefix/share/doc/v4/examples" -B "$scratch/examples" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 >/dev/null
cmake --build "$scratch/examples" >/dev/null
"$scratch/examples/continue-c" "$scratch/model.v4" "The capital of France is" 8 >"$scratch/c.txt"
test -s "$scratch/c.txt"
"$scratch/examples/continue-cpp" "$scratch/model.v4" 4 3 1 4 1 5 >"$scratch/cpp.txt"
test "$(wc -l <"$scratch/cpp.txt")" = 4
if "$scratch/examples/continue-c" "$scratch/none.v4" x 2>"$scratch/error.txt"; then exit 1; fi
grep -q "V4_IO_ERROR: .*none.v4" "$scratch/error.txt"

if command -v pkg-config >/dev/null; then
  # shellcheck disable=SC2046 # words
  clang-22 "$source/docs/examples/continue.c" -o "$scratch/continue" \
    $(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs v4)
  LD_LIBRARY_PATH=$prefix/lib "$scratch/continue" "$scratch/model.v4" "The capital of France is" 8 | cmp - "$scratch/c.txt"
fi

(cd "$scratch" && cpack --config "$build/CPackConfig.cmake" -B "$scratch/packages" >/dev/null)
# Every library that a package's binaries ask for is of a package that it depends on.
for name in v4-runtime v4c; do
  package=$(echo "$scratch"/packages/"$name"_*.deb)
  dpkg-deb --info "$package" >"$scratch/$name.txt"
  grep -q "Package: $name" "$scratch/$name.txt"
  dpkg-deb --extract "$package" "$scratch/$name"
  depends=$(dpkg-deb --field "$package" Depends | sed -E 's/ *\([^)]*\)//g; s/, /\n/g')
  find "$scratch/$name" -type f \( -path '*/bin/*' -o -name '*.so*' \) | while read -r file; do
    ldd "$file" >"$scratch/ldd.txt"
    objdump -p "$file" | awk '$1 == "NEEDED" {print $2}' | while read -r library; do
      place=$(awk -v name="$library" '$1 == name {print $3} $1 ~ "/" name "$" {print $1}' "$scratch/ldd.txt")
      owner=$(dpkg -S "$(realpath "$place")" "$place" 2>/dev/null | head -1 | cut -d: -f1 || true)
      grep -qxF -- "$owner" <<<"$depends" || {
        echo "$name: $(basename "$file") asks for $library of $owner, which it does not depend on" >&2
        exit 1
      }
    done
  done
done
# The runtime's package alone, unpacked, runs the model.
"$scratch/v4-runtime/usr/bin/v4run" inspect "$scratch/model.v4" >/dev/null
echo "install: ok"
