# What every tool does alike: --help, --version, wrong options, full disk.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"

for tool in "$IP_BUILDDIR"/iphase-*; do
	if [ ! -f "$tool" ] || [ ! -x "$tool" ]; then continue; fi
	t=$(basename "$tool")
	"$tool" --help >out 2>err
	rc=$?
	[ $rc = 0 ] && [ ! -s err ] && grep -q "^usage: $t " out &&
		grep -q -- --version out &&
		awk 'length > 80 { wide = 1 } END { exit wide || NR > 95 }' out
	result "$t --help fits a screen" $?

	"$tool" --version >out 2>err
	rc=$?
	[ $rc = 0 ] && [ ! -s err ] && grep -q "^$t (iphase) [0-9]" out
	result "$t --version" $?

	"$tool" --no-such-option >out 2>err
	rc=$?
	[ $rc = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 2 ] &&
		grep -q "^$t: error: there is no option --no-such-option" err
	result "$t with an unknown option" $?

	"$tool" --threads=2x >out 2>err
	rc=$?
	[ $rc = 2 ] && grep -q "error: --threads: '2x', expected" err
	result "$t with a number that is none" $?

	"$tool" >out 2>err
	rc=$?
	[ $rc = 2 ] && [ ! -s out ] && grep -q "^$t: error: " err
	result "$t without anything" $?

	if [ -w /dev/full ]; then
		"$tool" --help >/dev/full 2>err
		rc=$?
		: >out
		[ $rc = 1 ] && grep -q "error: standard output" err
		result "$t notices a full disk" $?
	fi
done

# OPENBLAS_CORETYPE=Prescott is taken by every x86 processor, but not known to
# another BLAS; AVX-512 decides whether there is advice.
OPENBLAS_CORETYPE=Prescott "$IP_BUILDDIR/iphase-simulate" -v >out 2>err
if grep -q 'OpenBLAS kernels: Prescott' err; then
	if grep -qw avx512f /proc/cpuinfo 2>/dev/null; then
		grep -q 'OPENBLAS_CORETYPE=SkylakeX' err
	else
		! grep -q 'OPENBLAS_CORETYPE' err
	fi
	result "--verbose tells which kernels OpenBLAS takes" $?
	OPENBLAS_CORETYPE=Prescott "$IP_BUILDDIR/iphase-simulate" >out 2>err
	! grep -q OpenBLAS err
	result "and only --verbose does" $?
fi
