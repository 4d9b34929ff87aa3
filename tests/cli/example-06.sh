# The sixth walk, small: the tiny plan, two epochs. All that it promises is
# there, and a second call makes nothing anew.
set -eu
walk() {
	IPHASE_BIN=$IP_BUILDDIR PLAN=tiny.plan MORE=tiny.plan CROP=64 EPOCHS=2 SAMPLES=1,2 \
		THREADS=1 sh "$IP_SRCDIR/examples/06-model/run.sh" out
}
if ! walk >log 2>&1; then
	cat log
	exit 1
fi
for f in model.ipt model.csv model-epoch0002-0.png zone.txt beam.csv \
	report/report.html; do
	[ -s "out/$f" ] || { echo "no out/$f"; cat log; exit 1; }
done
for f in network network_blind idpc_fitted obf_fitted material_mean \
	control_permuted; do
	for t in zone beam; do
		grep -q ",$f," out/$t.csv ||
			{ echo "no $f"; cat out/$t.csv; exit 1; }
	done
done
cksum out/model.ipt out/data/specimens/*.ipt out/*.csv >before
walk >log 2>&1 || { cat log; exit 1; }
cksum out/model.ipt out/data/specimens/*.ipt out/*.csv >after
cmp before after || { cat log; exit 1; }
