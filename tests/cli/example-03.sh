# The third walk, small: it makes its table, and coarse pixels cost more than
# the width that is left.
set -eu
if ! IPHASE_BIN=$IP_BUILDDIR CRYSTALS='SrTiO3 GaN' SERIES=3,5 DEPTHS='4 8' \
	FINE='--width=16' NARROW=16 THREADS=1 \
	sh "$IP_SRCDIR/examples/03-how-wide/run.sh" out >table 2>log
then
	cat table log
	exit 1
fi
# two crystals of eight lines; errors are two numbers above 0, below 0.2
awk '
	/:/ && !/CPU/ && !/depth/ {
		for (i = NF - 1; i <= NF; i++)
			if (!($i > 0 && $i < 0.2)) bad = 1
	}
	/CPU/ && !($(NF - 3) > 0) { bad = 1 }
	END { exit bad || NR != 16 }' table ||
	{ echo 'not as expected:'; cat table; exit 1; }
