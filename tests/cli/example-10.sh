# The tenth walk, small: a specimen of three pictures, of which only the page
# and the lines of the summary are looked at.
set -eu
IPHASE_BIN=$IP_BUILDDIR PLAN=tiny.plan BINS=3,6,12 THREADS=1 \
	sh "$IP_SRCDIR/examples/10-trust/run.sh" out >log 2>&1 ||
	{ cat log; exit 1; }
[ -s out/report/report.html ] || { cat log; exit 1; }
grep -q 'MAE/mean  *by consistency .*n = [1-9]' log || { cat log; exit 1; }
grep -q 'MAE/mean  *by spread .*n = [1-9]' log || { cat log; exit 1; }
