# The tools on OpenCL give what they give on the processor, within what float
# rounds; and a device that is not there is told so.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
sample=$IP_SRCDIR/data/samples/GaN.ipt

iphase-infer --backend=opencl:99.0 "$sample" -o no.ipt >out 2>&1
rc=$?
if ! iphase-info --backends | grep -q '^  opencl:'; then
	[ $rc = 1 ] && [ "$(grep -c error: out)" = 1 ] && grep -q opencl out
	result 'no device, or none built: an error that says so' $?
	skip 'all else' 'no OpenCL device, or a build without OpenCL'
	exit 0
fi
[ $rc = 1 ] && [ "$(grep -c error: out)" = 1 ] && grep -q 'no device 99.0' out
result 'a device that is not there' $?
iphase-infer --backend=opencl:x "$sample" -o no.ipt >out 2>&1
[ $? = 1 ] && grep -q 'expected the number of a platform' out
result 'a device that has no number' $?
# shellcheck source=tests/support/opencl.sh
. "$IP_SRCDIR/tests/support/opencl.sh"
unset IPHASE_BACKEND

# both COMMAND...: on the processor and on OpenCL; @ in its words is which
both() {
	for b in cpu-openmp opencl; do
		# shellcheck disable=SC2046
		IPHASE_BACKEND=$b "$1" -q $(shift; printf '%s\n' "$@" |
			sed "s/@/$b/g") || return 1
	done
}

# near NAME MOST FILE: NAME-@.ipt's tensors named FILE differ by MOST at most
near() {
	iphase-info "$1-opencl.ipt" --against="$1-cpu-openmp.ipt" >against
	cat against
	awk -v most="$2" -v name="$3" '$1 == name && $2 == "largest" {
		found = 1
		far = !($3 + 0 <= most)
	} END { exit !found || far }' against
}

# of a potential of 2900 V A/nm, a millionth or two
both iphase-infer "$sample" -o infer-@.ipt >out 2>&1 &&
	near infer 0.006 potential >>out 2>&1
result 'infer' $?
# of segments of 0.2 of the beam: many slices, each in float
both iphase-simulate --crystal=GaN --thickness=4,8 --width=16 --fov=8 \
	--pixels=32 --tilt=0.2,0.1 -o cell-@.ipt >out 2>&1 &&
	near cell 5e-6 segments >>out 2>&1
result 'simulate, a repeat cell' $?
both iphase-simulate "$IP_SRCDIR/data/crystals/SrTiO3.cif" --thickness=1,2 \
	--pixels=24 -o box-@.ipt >out 2>&1 &&
	near box 2e-6 segments >>out 2>&1
result 'simulate, a box' $?

iphase-simulate -q --crystal=SrTiO3 --thickness=5,10,15,20 --width=16 \
	--fov=6.4 --pixels=64 -o learn.ipt >out 2>&1 &&
	both iphase-train learn.ipt --validate=learn.ipt --truth=zone \
	--architecture=modulated --feature-size=12 --epochs=2 --batch=2 \
	-o train-@.ipt >>out 2>&1 && cat train-*.csv >>out &&
	paste -d, train-cpu-openmp.csv train-opencl.csv >pairs &&
	awk -F, 'NR > 1 { n = NF / 2; for (i = 3; i <= 9; i++) {
		d = $i - $(i + n)
		if (!(d * d <= 1e-12 * $i * $i)) bad = 1
	} } END { exit bad || NR != 3 }' pairs
result 'train: losses to a millionth' $?
iphase-train -v --backend=opencl learn.ipt --feature-size=12 --epochs=1 \
	--batch=2 -o moved.ipt >out 2>&1 &&
	grep -q 'a step moves 393216 bytes to the device, and [1-9][0-9] back' out
result 'a step moves two pictures there and a loss back' $?
iphase-evaluate --model=train-opencl.ipt --truth=potential_zone learn.ipt \
	--backend=opencl --csv=e-opencl.csv >out 2>&1 &&
	iphase-evaluate --model=train-opencl.ipt --truth=potential_zone \
	learn.ipt --csv=e-cpu.csv >>out 2>&1 && [ -s e-opencl.csv ]
result 'evaluate' $?
