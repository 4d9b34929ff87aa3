# make demo: the shipped network on the shipped images of a thick crystal, which
# iDPC does not understand. Everything that the demo tells to look at is there.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"

OMP_NUM_THREADS=1 IPHASE_BIN=$IP_BUILDDIR sh "$IP_SRCDIR/examples/demo.sh" demo \
	>out 2>&1
result 'runs' $?
# MAE / mean, Pearson: 0.078, 0.996 when it was made
awk '/^network  / { ok = $3 < 0.082 && $4 > 0.99 } END { exit !ok }' out
result 'the network knows the potential' $?
awk '/^network, blind/ { bad = $5 > 0.2 } /^iDPC, fitted/ { bad += $5 > 0.2 }
	END { exit bad }' out
result 'which it has from the images, and iDPC does not find' $?
sed -n 's/^  \(demo[^ ]*\)$/\1/p' out >pictures
bad=1
while read -r f; do
	bad=0
	[ -s "$f" ] || { bad=1; break; }
done <pictures
result 'the pictures are there' $bad
