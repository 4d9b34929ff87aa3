# The seventh walk: a program with the library gives the Pearson coefficients of
# iphase-evaluate. And iphase(3), in which that program stands: what it names is
# there, and no header is left out.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
here=$IP_SRCDIR/examples/07-library
page=$IP_SRCDIR/man/iphase.3
model=$IP_SRCDIR/tests/golden/model_weights.npz
# what this build was configured with, a sanitizer too
setting() { sed -n "s/^$1 = *//p" "$IP_BUILDDIR/config.mk"; }

if command -v pkg-config >/dev/null 2>&1; then
	IPHASE_BIN=$IP_BUILDDIR CC=$(setting CC) MODEL=$model CRYSTAL=GaN \
		CFLAGS="-Wall -Wextra -Wpedantic -Werror $(setting SAN_CFLAGS)
			$(setting CFLAGS) $(setting LDFLAGS)" \
		THICKNESS=2,5 PIXELS=32 THREADS=1 sh "$here/run.sh" walk \
		>out 2>err &&
		iphase-evaluate -q --model="$model" walk/pictures.ipt \
			--csv=figures.csv >>err 2>&1 &&
		awk -F'[, ]' 'FNR == 1 { file++ }
			file == 1 && $8 == "network" { want[$2] = $12 }
			file == 2 && $1 == "picture" { n++
				d = $4 - want[$2 + 0]
				if (d > 5.1e-5 || d < -5.1e-5) bad = 1 }
			END { exit bad || n != 2 }' figures.csv out
	result 'the walk: coefficients of iphase-evaluate' $?
	iphase-convert -q walk/pictures.ipt --tensor=segments -o no.ipt \
		>out 2>&1
	LD_LIBRARY_PATH=$IP_BUILDDIR walk/pearson "$model" no.ipt >out 2>err
	[ $? = 1 ] && grep -q '^pearson: not all is in it' err
	result 'a file without a truth' $?
else
	skip 'the walk' 'no pkg-config'
fi

sed -n '/^\.Bd -literal$/,/^\.Ed/p' "$page" | sed '1d; $d; s/\\e/\\/g' |
	cmp - "$here/pearson.c" >err 2>&1
result 'the program of the manual is that one' $?

cat "$IP_SRCDIR"/include/iphase/*.h | grep -o 'ip_[a-z0-9_]*(' |
	sort -u >declared
grep -o '^\.\(It \)*Fn ip_[a-z0-9_]*' "$page" | sed 's/.* //; s/$/(/' |
	sort -u | comm -23 - declared >err
[ ! -s err ]
result 'the functions of the manual are declared' $?

for h in "$IP_SRCDIR"/include/iphase/*.h; do
	grep -q "include <iphase/${h##*/}>" "$IP_SRCDIR/include/iphase.h" ||
		echo "iphase.h lacks ${h##*/}"
	grep -q "^\.In iphase/${h##*/}\$" "$page" ||
		echo "iphase.3 lacks ${h##*/}"
done >err
[ ! -s err ]
result 'every header is in iphase.h and in the manual' $?
