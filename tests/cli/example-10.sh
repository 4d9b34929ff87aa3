# The tenth walk, small: ten specimens, two pictures each, of which the signs
# of trust go with the error, and the page shows each picture as a point.
set -eu
IPHASE_BIN=$IP_BUILDDIR PLAN=tiny.plan BINS=3,6,12 THREADS=1 \
	sh "$IP_SRCDIR/examples/10-trust/run.sh" out >log 2>&1 ||
	{ cat log; exit 1; }
# Seen: r = 0.91, all of them below too thin, spread 0.150 of the mean.
awk '
	/^signs of trust/ { on = 1 }
	!on { next }
	/^all: / { pictures = $2 }
	/^materials it was trained on: / { trained = $6 }
	/^materials it has not seen: / { other = $6 }
	/^below 3 nm: / { group = $4; next }
	/^[0-9]* to [0-9]* nm: / { group += $5 }
	/MAE.mean  by consistency Spearman/ && r == "" && $NF == pictures {
		r = $5 + 0
	}
	/below too thin in/ && share == "" { share = $5 + 0 }
	/^  spread [0-9]/ && spread == "" { spread = $2 + 0 }
	END {
		exit pictures != 20 || trained < 4 || other < 4 ||
			trained + other != pictures || group != pictures ||
			r < 0.5 || share < 80 || spread < 0.05 || spread > 0.4
	}' log || { cat log; exit 1; }
for sign in consistency spread; do
	awk -F, 'NR > 1 {
			if ($1 ~ /has not seen/) other++
			else trained++
			if (!($2 > 0 && $2 < 2 && $3 > 0 && $3 < 100)) exit 1
		}
		END { exit trained < 4 || other < 4 || NR != 21 }' \
		out/report/trust-$sign.csv || { cat log; exit 1; }
	grep -q "error with the $sign: [-0-9.]* (95 .* of 20 of all" \
		out/report/report.html || { cat log; exit 1; }
done
