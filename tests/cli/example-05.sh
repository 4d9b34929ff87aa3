# The fifth walk, small: two pictures of one crystal, few epochs. The error of
# pixels falls to less than half (0.80 to 0.33), and the table has a row for
# each picture.
set -eu
if ! IPHASE_BIN=$IP_BUILDDIR CRYSTALS=SrTiO3 THICKNESS=5,20 PIXELS=64 \
	EPOCHS=30 THREADS=1 \
	sh "$IP_SRCDIR/examples/05-training/run.sh" out >log 2>&1
then
	cat log
	exit 1
fi
for f in model.ipt model.csv model.last.ipt model-epoch0030-1.png; do
	[ -s "out/$f" ] || { echo "no out/$f"; exit 1; }
done

awk -F, 'NR == 2 { first = $4 + 0 } { last = $4 + 0 }
	END { exit !(NR == 31 && last < first / 2) }' out/model.csv ||
	{ echo 'out/model.csv is not as expected:'; cat out/model.csv; exit 1; }
[ "$(grep -c '^SrTiO3, .* nm: MAE / mean .* Pearson' out/table.txt)" = 2 ] ||
	{ echo 'out/table.txt is not as expected:'; cat out/table.txt; exit 1; }
