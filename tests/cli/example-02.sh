# The second walk, small: a map of 2 x 2, and iDPC worse where it is thicker
# and tilted.
set -eu
if ! IPHASE_BIN=$IP_BUILDDIR THICKNESS=5,20 TILTS='0.0 0.3' SAMPLING=0.11 \
	PIXELS=32 THREADS=1 \
	sh "$IP_SRCDIR/examples/02-thickness-and-tilt/run.sh" out >log 2>&1
then
	cat log
	exit 1
fi
[ -s out/map.png ] || { echo 'no out/map.png'; exit 1; }
# TILT:  T nm PEARSON  T nm PEARSON. Whole settings: 0.70, 0.44; 0.60, -0.08;
# fewer pixels: 0.59, 0.37; 0.51, -0.08.
awk '
	{ thin = $4; thick = $7 }
	NR == 1 && !(thin > 0.5 && thick < thin - 0.1) { bad = 1 }
	NR == 1 { straight = thick }
	NR == 2 && !(thick < straight - 0.3) { bad = 1 }
	END { exit bad || NR != 2 }' out/map.txt ||
	{ echo 'out/map.txt is not as expected:'; cat out/map.txt; exit 1; }
