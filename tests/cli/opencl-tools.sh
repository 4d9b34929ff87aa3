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
# what cannot be read is as if it were not there
mkdir folders
for f in "$cache"/*.bin; do
	mkdir "folders/${f##*/}"
done
IPHASE_CACHE=folders iphase-infer -q --backend=opencl "$sample" -o again.ipt \
	>out 2>&1 && [ ! -s out ]
result 'folders where programs were' $?
# of segments of 0.2 of the beam: many slices, each in float
both iphase-simulate --crystal=GaN --thickness=4,8 --width=16 --fov=8 \
	--pixels=32 --tilt=0.2,0.1 -o cell-@.ipt >out 2>&1 &&
	near cell 5e-6 segments >>out 2>&1
result 'simulate, a repeat cell' $?
both iphase-simulate "$IP_SRCDIR/data/crystals/SrTiO3.cif" --thickness=1,2 \
	--pixels=24 -o box-@.ipt >out 2>&1 &&
	near box 2e-6 segments >>out 2>&1
result 'simulate, a box' $?

cat >two.plan <<END
thickness = 4
pixels = 24
pixel = 0.2
width = 16
[main]
crystals = GaN SrTiO3
specimens = 1
END
# the option wins over the variable, which says the processor for both of them
for b in cpu-openmp opencl; do
	IPHASE_BACKEND=cpu-openmp iphase-dataset run two.plan -q --backend=$b \
		-o two-$b || break
done >out 2>&1
cd two-opencl/specimens || exit 1
for f in *.ipt; do
	cp "$f" "../../$f-opencl.ipt"
	cp "../../two-cpu-openmp/specimens/$f" "../../$f-cpu-openmp.ipt"
done
cd ../..
rc=0
for c in 00000-GaN 00001-SrTiO3; do
	near $c.ipt 5e-6 segments >>out 2>&1 || rc=1
	# that the one is the processor's, and the other is not
	! cmp $c.ipt-opencl.ipt $c.ipt-cpu-openmp.ipt >>out 2>&1 || rc=1
done
result 'a dataset' $rc

# alike ONE.csv OTHER.csv MOST: all numbers, relative
alike() {
	paste -d, "$1" "$2" >pairs
	cat pairs
	awk -F, -v most="$3" 'NR > 1 { n = NF / 2; for (i = 1; i <= n; i++) {
		a = $i + 0; d = a - $(i + n)
		if (!(d * d <= most * most * a * a)) bad = 1
	} } END { exit bad || NR < 2 }' pairs
}

for c in SrTiO3 MgO; do
	iphase-simulate -q --crystal=$c --thickness=5,10,15,20 --width=16 \
		--fov=6.4 --pixels=64 -o $c.ipt || break
done >out 2>&1
# The columns of time are left out. AdamW's first steps go by the sign of a
# gradient, however small it is, and so by its rounding.
both iphase-train SrTiO3.ipt --validate=MgO.ipt --truth=zone \
	--architecture=modulated --feature-size=12 --epochs=2 --batch=2 \
	-o train-@.ipt >>out 2>&1 &&
	for b in cpu-openmp opencl; do
		cut -d, -f1-9 train-$b.csv >$b.csv
	done && alike cpu-openmp.csv opencl.csv 5e-5 >>out 2>&1
result 'train: losses' $?
iphase-train -v --backend=opencl SrTiO3.ipt --feature-size=12 --epochs=1 \
	--batch=2 -o moved.ipt >out 2>&1 &&
	grep -q 'a step moves 393216 bytes to the device, and [1-9][0-9] back' out
result 'a step moves two pictures there and a loss back' $?
both iphase-evaluate --model=train-opencl.ipt --truth=potential_zone MgO.ipt \
	--csv=e-@.csv >out 2>&1 && alike e-cpu-openmp.csv e-opencl.csv 1e-4 \
	>>out 2>&1
result 'evaluate' $?
