# iphase-prepare: a simulated specimen, seen as a microscope would have saved it,
# becomes again what was simulated.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# for refuse STATUS TEXT ARGUMENT...
attempt() { iphase-prepare -q -o no.ipt "$@"; }

# a.ipt b.ipt TENSOR: the same bytes
same() {
	iphase-convert -q "$1" --tensor="$3" -o same1.npy >>out 2>&1 &&
		iphase-convert -q "$2" --tensor="$3" -o same2.npy >>out 2>&1 &&
		cmp same1.npy same2.npy >>out 2>&1
}
# has FILE TEXT: iphase-info tells it
has() { iphase-info "$1" >info 2>&1 && grep -q -e "$2" info; }
# raw FILE NAME: its segments as NAME0.raw .. NAME3.raw, float32, rows of x
raw() {
	iphase-convert -q "$1" --tensor=segments -o "$2.raw" &&
		size=$(($(wc -c <"$2.raw") / 4)) &&
		for i in 0 1 2 3; do
			tail -c +$((i * size + 1)) "$2.raw" |
				head -c "$size" >"$2$i.raw"
		done
}
# image RAW W H NPY [OPTION]: a picture with rows of x
image() {
	in=$1 shape=$2,$3 npy=$4
	shift 4
	iphase-convert -q "$in" --dtype=float32 --shape="$shape" "$@" -o "$npy"
}

crystal='--crystal=SrTiO3 --thickness=5 --fov=9.6,8 --pixels=96,80
	--sampling=0.12 --tilt=0.1,-0.2'
# shellcheck disable=SC2086
iphase-simulate -q $crystal -o s.ipt >out 2>&1 && raw s.ipt s &&
	iphase-prepare s.ipt -o p.ipt >>out 2>&1 &&
	for t in segments thickness euler potential_beam potential_zone; do
		same s.ipt p.ipt $t || echo "$t differs" >>out
	done && ! grep differs out
result 'nothing to do: nothing changes' $?
{
	has p.ipt 'history .*segments: the four of' &&
		has p.ipt 'command .*iphase-prepare s.ipt -o p.ipt' &&
		has p.ipt 'input_command .*iphase-simulate'
} >>out 2>&1
result 'what was done stands in the output' $?
iphase-prepare s.ipt -o p.npz >out 2>&1 && same p.ipt p.npz segments
result 'into .npz' $?

# ---- which images ----
for i in 0 1 2 3; do
	letter=$(echo ABCD | cut -c $((i + 1)))
	image s$i.raw 96 80 "DF4-$letter.npy"
done >out 2>&1
known='--energy=200 --semiangle=20 --inner=10 --outer=50 --rotation=0
	--pixel-size=0.1 --euler=0,0.1,-0.2 --thickness=5.07689'
# shellcheck disable=SC2086
{
	iphase-prepare $known DF4-?.npy -o f.ipt >out 2>&1 &&
		! grep -q warning out && same s.ipt f.ipt segments
	result 'four files, in the order of the command line' $?
	iphase-infer -q f.ipt -o f-net.ipt >out 2>&1 &&
		iphase-idpc -q f.ipt -o f-idpc.ipt >>out 2>&1 &&
		iphase-idpc -q s.ipt -o s-idpc.ipt >>out 2>&1 &&
		same f-idpc.ipt s-idpc.ipt idpc_phase
	result 'iphase-infer and iphase-idpc take it' $?
	iphase-prepare $known DF4-D.npy DF4-B.npy DF4-A.npy DF4-C.npy \
		--segments=DF4-A,DF4-B,DF4-C,DF4-D -o g.ipt >out 2>&1 &&
		same s.ipt g.ipt segments
	result '--segments' $?
	iphase-prepare $known DF4-D.npy DF4-B.npy DF4-A.npy DF4-C.npy \
		--segment-order=2,1,3,0 -o g.ipt >out 2>&1 &&
		same s.ipt g.ipt segments
	result '--segment-order' $?
	# two files, of which one has what is none of the four
	cp DF4-A.npy A-C.npy
	iphase-prepare $known DF4-C.npy A-C.npy DF4-B.npy DF4-D.npy DF4-A.npy \
		-o g.ipt >out 2>&1 && same s.ipt g.ipt segments
	result 'by the letters that their names end in' $?
}
# what one image is called is not the name of all four
for i in 0 1 2 3; do
	iphase-convert -q s$i.raw --dtype=float32 --shape=96,80 -o A$i.ipt \
		--attribute=segment=$i --attribute=uuid=u$i \
		--attribute=detector=DF4
done >out 2>&1
iphase-prepare A?.ipt -o g.ipt >>out 2>&1 && has g.ipt 'detector  *DF4' &&
	! has g.ipt '^  segment \|^  uuid '
result "one image's own is left out" $?
iphase-prepare DF4-?.npy -o g.ipt >out 2>&1 &&
	grep -q 'warning: not known, .*: thickness, euler, energy, semiangle' \
		out && grep -q 'inner, outer, rotation, pixel_size;' out &&
	[ "$(grep -c warning out)" = 1 ]
result 'one warning names what is missing' $?
cp DF4-A.npy BF-A.npy && cp DF4-B.npy BF-B.npy && cp DF4-C.npy BF-C.npy &&
	cp DF4-D.npy BF-D.npy
refuse 1 'several sets' DF4-?.npy BF-?.npy
grep -q '^  BF-C: 96 x 80 float32' out
result '... and lists them' $?
refuse 1 'neither segments, nor' DF4-A.npy DF4-B.npy
refuse 1 "no image 'DF4-X'" DF4-?.npy --segments=DF4-A,DF4-B,DF4-C,DF4-X
refuse 1 "more than one image 'DF4-A'" DF4-?.npy ./DF4-A.npy \
	--segments=DF4-A,DF4-B,DF4-C,DF4-D
refuse 2 'expected four names' DF4-?.npy --segments=DF4-A,DF4-B
refuse 2 'segment-order: 2 is missing; expected 0 to 3' s.ipt \
	--segment-order=0,1,1,3
refuse 2 'segment-order: 3 numbers for 4' s.ipt --segment-order=0,1,2
refuse 1 'nothing.npy' nothing.npy
image s0.raw 80 96 narrow.npy >out 2>&1
refuse 1 "'narrow' has another shape" DF4-A.npy DF4-B.npy DF4-C.npy narrow.npy

# ---- where the detector is ----
# a scan that was saved bottom up, from the right, or with columns for rows
row=$((96 * 4))
for i in 0 1 2 3; do
	k=79
	while [ $k -ge 0 ]; do
		dd if=s$i.raw bs=$row skip=$k count=1 2>/dev/null
		k=$((k - 1))
	done >up$i.raw
	image up$i.raw 96 80 up$i.npy
	image s$i.raw 96 80 across$i.npy --axes=yx
	image s$i.raw 80 96 across$i.npy --axes=xy
done >out 2>&1
# shellcheck disable=SC2086
{
	iphase-prepare $known up?.npy --flip=y -o g.ipt >out 2>&1 &&
		same s.ipt g.ipt segments && has g.ipt 'flipped: y'
	result '--flip=y: bottom up' $?
	iphase-prepare $known across?.npy --flip=transpose -o g.ipt >out 2>&1 &&
		same s.ipt g.ipt segments
	result '--flip=transpose: columns for rows' $?
	iphase-prepare $known across?.npy --flip=x --flip=transpose --flip=y \
		-o g.ipt >out 2>&1 && same s.ipt g.ipt segments
	result 'flips one after another' $?
	iphase-prepare $known up?.npy -o g.ipt >out 2>&1 &&
		iphase-idpc -q g.ipt -o g-idpc.ipt >>out 2>&1 &&
		! same f-idpc.ipt g-idpc.ipt idpc_phase
	result 'without it iDPC is another' $?
}
refuse 2 "'z', expected x, y or transpose" s.ipt --flip=z

# the scan turned by 25 degree: the detector lies 25 degree back
match() {
	iphase-idpc "$1" --truth=potential_beam -o idpc.ipt 2>>out |
		awk '{ print $(NF - 4) }'
}
# shellcheck disable=SC2086
iphase-simulate -q $crystal --rotation=-25 -o turned.ipt >out 2>&1 &&
	iphase-prepare turned.ipt --rotation=0 --scan-rotation=25 -o g.ipt \
		>>out 2>&1 && same turned.ipt g.ipt segments &&
	has g.ipt 'rotation  *-25$' && has g.ipt 'pixels are as they' &&
	[ "$(match g.ipt)" = "$(match turned.ipt)" ] &&
	iphase-prepare turned.ipt --rotation=0 --scan-rotation=-25 -o h.ipt \
		>>out 2>&1 &&
	echo "$(match g.ipt) $(match h.ipt)" >>out &&
	awk -v a="$(match g.ipt)" -v b="$(match h.ipt)" \
		'BEGIN { exit !(a > 0.6 && b < a - 0.1) }'
result '--scan-rotation turns the detector, and in that direction' $?
iphase-prepare turned.ipt --detector=0 -o g.ipt >>out 2>&1 &&
	has g.ipt 'rotation  *0$' && has g.ipt 'turned by 25 degree' &&
	has g.ipt 'periodic  *0$' && ! has g.ipt mirrors &&
	awk -v a="$(match g.ipt)" -v b="$(match turned.ipt)" \
		'BEGIN { exit !(a > b - 0.02) }' &&
	iphase-prepare g.ipt --rotation=25 -o h.ipt >>out 2>&1 &&
	awk -v a="$(match g.ipt)" -v b="$(match h.ipt)" \
		'BEGIN { exit !(a > b + 0.01) }'
result '--detector turns the picture, and all of it alike' $?
iphase-prepare turned.ipt --rotation=65 --segment-order=1,2,3,0 \
	--detector=-25 -o g.ipt >out 2>&1 && same turned.ipt g.ipt segments &&
	has g.ipt 'rotation  *-25$'
result '... but a quarter takes other names only' $?
refuse 2 'give --rotation' DF4-?.npy --scan-rotation=3
refuse 2 'give --rotation' DF4-?.npy --detector=0

# the tilt turns with it: a crystal that leans to +x leans to +y after 90 degree
# less what the detector's names take
# shellcheck disable=SC2086
iphase-simulate -q $crystal --tilt=0,0.3 --rotation=-40 -o lean.ipt >out 2>&1 &&
	iphase-prepare lean.ipt --detector=0 -o g.ipt >>out 2>&1 &&
	iphase-convert -q g.ipt --tensor=euler -o euler.npy &&
	tail -c 24 euler.npy | od -An -tf8 -w24 | awk '
		function near(a, b) { return (a - b) ^ 2 < 1e-6 }
		END { exit !(near($1, 40) && near($2, -0.3 * sin(0.6981317)) &&
			near($3, 0.3 * cos(0.6981317))) }'
result 'the crystal turns with the picture' $?

# ---- frames ----
# an island that the scan drifts over: its start differs from frame to frame
island='--repeat=2 --fov=16 --grid=128 --thickness=4 --pixels=96'
strontium_titanate >sto.xyz
k=0
for start in 2,3,11.6,12.6 1.97,3.05,11.57,12.65 1.85,3.08,11.45,12.68 \
	1.77,3.2,11.37,12.8; do
	# shellcheck disable=SC2086
	iphase-simulate -q sto.xyz $island --scan=$start --dose=1e7 --seed=$k \
		-o frame$k.ipt && raw frame$k.ipt f$k
	k=$((k + 1))
done >out 2>&1
cat f0.raw f1.raw f2.raw f3.raw >frames.raw
iphase-convert -q frames.raw --dtype=float32 --shape=4,4,96,96 -o frames.npy \
	>out 2>&1
for i in 0 1 2 3; do
	cat f0$i.raw f1$i.raw f2$i.raw f3$i.raw >one$i.raw
	iphase-convert -q one$i.raw --dtype=float32 --shape=4,96,96 \
		-o one$i.npy
done >>out 2>&1
known='--energy=200 --semiangle=20 --inner=10 --outer=50 --rotation=0
	--pixel-size=0.1 --euler=0,0,0 --thickness=4 --reference=1e5'
for how in first mean; do
	# shellcheck disable=SC2086
	iphase-prepare -v $known frames.npy --align=$how -o g.ipt >out 2>&1 &&
		sed -n 's/.*drift \(.*\), \(.*\) pixels/\1 \2/p' out | awk '
		BEGIN { split("0 .3 1.5 2.3", x); split("0 -.5 -.8 -2", y) }
		{ n++; if (sqrt(($1 - x[n]) ^ 2 + ($2 - y[n]) ^ 2) > 0.05)
			bad = 1 }
		END { exit bad || n != 4 }' &&
		has g.ipt 'drift  *float64 4 x 2 ' &&
		has g.ipt 'mean of 4 frames, 93 x 94 pixels from (0, 2) on'
	result "--align=$how finds the drift of the scan" $?
done
# shellcheck disable=SC2086
{
	iphase-prepare $known one?.npy --align=mean -o h.ipt >out 2>&1 &&
		same g.ipt h.ipt segments
	result 'frames of four images' $?
	iphase-prepare frame0.ipt -o one.ipt >>out 2>&1 &&
		iphase-prepare one.ipt --crop=0,2,93,94 -o one-part.ipt \
			>>out 2>&1
	iphase-prepare $known frames.npy -o plain.ipt >>out 2>&1 &&
		iphase-prepare plain.ipt --crop=0,2,93,94 -o plain-part.ipt \
			>>out 2>&1
}
iphase-prepare --energy=200 --reference=1e5 frames.npy \
	--align=first --wedge=10,105,90 -o h.ipt >out 2>&1 &&
	has h.ipt 'thickness  *float64 93 x 94 .*min 12  .*max 105 '
result 'a map of thickness is cut as the frames are' $?
sum() {
	iphase-convert -q "$1" --tensor=segments -o sum.raw &&
		od -An -v -tf4 -w4 sum.raw >"$2"
}
sum one-part.ipt one.txt && sum g.ipt g.txt && sum plain-part.ipt plain.txt &&
	paste one.txt g.txt plain.txt | awk '
	{ a += ($2 - $1) ^ 2; b += ($3 - $1) ^ 2 }
	END { print a, b; exit !(a < 0.3 * b) }' >>out
result 'aligned, the mean is the picture' $?
refuse 2 -- '--align is for frames of one' frames.npy --series --align=mean

# ---- fractions of the beam ----
# vacuum beside the island; the detector sees 3/4 of the disc
# shellcheck disable=SC2086
iphase-simulate -q sto.xyz $island -o whole.ipt >out 2>&1 &&
	iphase-simulate -q sto.xyz $island --dose=1e5 -o counts.ipt >>out 2>&1 &&
	raw counts.ipt c && for i in 0 1 2 3; do
		image c$i.raw 96 96 c$i.npy
	done >>out 2>&1
known='--energy=200 --semiangle=20 --inner=10 --outer=50 --rotation=0
	--euler=0,0,0 --thickness=4'
# near TOLERANCE A B: their segments, root mean square
near() {
	sum "$2" 1.txt && sum "$3" 2.txt && paste 1.txt 2.txt |
		awk -v most="$1" '{ s += ($1 - $2) ^ 2; n++ }
		END { print "rms", sqrt(s / n); exit !(sqrt(s / n) < most) }' \
		>>out
}
# (noise of 2778 electrons a pixel: 0.008 of a segment)
# shellcheck disable=SC2086
{
	iphase-prepare $known --pixel-size=0.16667 c?.npy --vacuum=0,0,16,96 \
		-o v.ipt >out 2>&1 && near 0.012 v.ipt whole.ipt &&
		has v.ipt 'is 0.75 of the beam'
	result '--vacuum' $?
	iphase-prepare $known --pixel-size=0.16667 c?.npy --reference=2777.8 \
		-o v.ipt >out 2>&1 && near 0.012 v.ipt whole.ipt
	result '--reference' $?
	iphase-prepare counts.ipt -o v.ipt >out 2>&1 &&
		near 0.012 v.ipt whole.ipt && ! has v.ipt '^  dose' &&
		has v.ipt 'measured_dose  *100000'
	result "a simulation's own dose" $?
	mean=$(sum whole.ipt w.txt; awk '{ s += $1 } END { print s / 96 ^ 2 }' \
		w.txt)
	iphase-prepare $known --pixel-size=0.16667 c?.npy --total="$mean" \
		-o v.ipt >out 2>&1 && grep -q 'warning: --total' out &&
		near 0.012 v.ipt whole.ipt
	result '--total, with a warning' $?
	iphase-prepare whole.ipt --gain=0.5,0.5,0.25,0.5 \
		--offset=0.01,0.01,0.01,0.01 -o v.ipt >out 2>&1 &&
		sum whole.ipt 1.txt && sum v.ipt 2.txt && paste 1.txt 2.txt |
		awk '{ g = int((NR - 1) / 9216) == 2 ? 0.25 : 0.5
			if ((($1 - 0.01) * g - $2) ^ 2 > 1e-12) bad = 1 }
			END { exit bad }'
	result '--gain and --offset' $?
	iphase-prepare whole.ipt --offset=0.15 -o v.ipt >out 2>&1 &&
		grep -q 'values are below 0' out
	result 'values below 0 are told' $?
	iphase-prepare whole.ipt --gain=1.31 -o v.ipt >out 2>&1 &&
		grep -q 'more than all of the beam at' out
	result 'sums above 1 are told' $?
	refuse 1 'are no fractions' $known --pixel-size=0.16667 c?.npy
	refuse 1 'expected more than 0; see --offset' whole.ipt --offset=9
	refuse 2 'give one of --vacuum' whole.ipt --vacuum=0,0,3,3 --total=0.5
	refuse 2 'takes --semiangle' c?.npy --vacuum=0,0,16,96
	refuse 1 'sees nothing of an empty disc' $known --inner=25 c?.npy \
		--vacuum=0,0,16,96
	refuse 1 'add up to 0 there' s.ipt --gain=0 --vacuum=0,0,9,9
}
refuse 2 'there are 96 x 80 from (0, 0) on' s.ipt --vacuum=90,0,7,1
refuse 2 'expected X,Y,W,H' s.ipt --vacuum=0,0,7
refuse 2 'expected X,Y,W,H' s.ipt --vacuum=0,0,7.5,3
refuse 2 'reference: 0' s.ipt --reference=0
refuse 2 'total: 1.5' s.ipt --total=1.5
refuse 2 'gain: 3 numbers' s.ipt --gain=1,2,3

# ---- pixels ----
iphase-prepare s.ipt --crop=10,20,64,40 --wedge=10,105 --rebin=2 -o g.ipt \
	>out 2>&1 && has g.ipt 'segments  *float32 4 x 32 x 20 ' &&
	has g.ipt 'potential_zone  *float32 32 x 20 ' &&
	has g.ipt 'thickness  *float64 32 x 20 .*min 20.5 .*max 82.5 ' &&
	has g.ipt 'pixel_size  *0.2 0.2$'
result 'crop and rebin, and a wedge that goes with them' $?
iphase-prepare s.ipt --resample=0.12 -o g.ipt >out 2>&1 &&
	has g.ipt 'segments  *float32 4 x 80 x 66 ' && ! grep -q warning out
result '--resample' $?
# the crystal scanned at 0.12 is what 0.1 was resampled to
# shellcheck disable=SC2086
iphase-simulate -q $crystal --pixels=80,66 --fov=9.6,7.92 -o direct.ipt \
	>>out 2>&1 && near 0.001 g.ipt direct.ipt
result '... and is what such a scan sees' $?
iphase-prepare s.ipt --model=small --pixel-size=0.08 -o g.ipt >out 2>&1 &&
	has g.ipt 'pixel_size  *0.1 0.1$' && has g.ipt 'resampled from 0.08'
result '--model: its pixels' $?
iphase-prepare turned.ipt --model=small --energy=300 --outer=40 -o g.ipt \
	>out 2>&1 && has g.ipt 'rotation  *0$' &&
	grep -q 'outer angle 40 mrad, but the model was trained on 50' out &&
	grep -q 'energy 300 kV, but the model was trained on 200' out
result '--model: its detector; its energy is warned of' $?
iphase-prepare s.ipt --pixel-size=0.4 -o g.ipt >out 2>&1 &&
	grep -q 'steps of 0.4 Angstrom, where 0.313 show' out
result 'a scan that is too coarse is warned of' $?
refuse 2 'rebin: 81' s.ipt --rebin=81
refuse 2 'rebin: 0' s.ipt --rebin=0
refuse 2 'resample: -1' s.ipt --resample=-1
refuse 2 'make no picture' s.ipt --resample=1e-4
refuse 2 'give --pixel-size' DF4-?.npy --resample=0.1
refuse 2 'give --pixel-size' DF4-?.npy --rotation=0 --model=small
refuse 2 'crop: 96 x 81' s.ipt --crop=0,0,96,81
refuse 1 'there-is-none: ' s.ipt --model=there-is-none

# ---- thickness ----
iphase-convert -q s.ipt --tensor=potential_zone -o map.npy >out 2>&1 &&
	iphase-prepare s.ipt --thickness=map.npy -o g.ipt >>out 2>&1 &&
	iphase-convert -q g.ipt --tensor=thickness --dtype=float32 -o g.npy &&
	cmp map.npy g.npy >>out 2>&1
result 'a map of thickness' $?
# a map of a quarter of the pixels, of t/lambda
iphase-prepare s.ipt --rebin=4 -o small.ipt >out 2>&1 &&
	iphase-convert -q small.ipt --tensor=potential_zone -o map4.npy \
		>>out 2>&1 &&
	iphase-prepare s.ipt --t-over-lambda=map4.npy --mean-free-path=0.5 \
		-o g.ipt >>out 2>&1 &&
	has g.ipt 'thickness  *float64 96 x 80 ' &&
	has g.ipt 'map of 24 x 20 pixels' &&
	iphase-convert -q g.ipt --tensor=thickness --dtype=float32 -o t.raw &&
	iphase-convert -q small.ipt --tensor=potential_zone -o m.raw &&
	od -An -v -tf4 -w4 t.raw | awk '{ s += $1 } END { print s / NR }' >t &&
	od -An -v -tf4 -w4 m.raw | awk '{ s += $1 } END { print s / NR / 2 }' >m &&
	paste t m >>out && paste t m |
	awk '{ exit !(($1 / $2 - 1) ^ 2 < 1e-4) }'
result 't/lambda from a smaller map' $?
iphase-prepare s.ipt --t-over-lambda=0.5 --mean-free-path=110 -o g.ipt \
	>out 2>&1 && has g.ipt 'thickness  *float64 scalar .* 55 '
result 't/lambda as a number' $?
iphase-prepare s.ipt --wedge=60,200,90 -o g.ipt >out 2>&1 &&
	has g.ipt 'thickness  *float64 96 x 80 .*min 60 .*max 200 ' &&
	iphase-infer -q g.ipt -o g-net.ipt >>out 2>&1
result 'a wedge, which iphase-infer takes' $?
refuse 2 'give one of --thickness' s.ipt --thickness=3 --wedge=1,2
refuse 2 'belong together' s.ipt --t-over-lambda=0.5
refuse 2 'belong together' s.ipt --mean-free-path=0.5
refuse 2 'mean-free-path: 0' s.ipt --t-over-lambda=1 --mean-free-path=0
refuse 2 'wedge: 1 numbers' s.ipt --wedge=1
refuse 1 'not the field of' s.ipt --thickness=narrow.npy
refuse 1 'thickness is -1 nm' s.ipt --wedge=-1,5
refuse 1 'nofile' s.ipt --thickness=nofile
refuse 1 'expected one picture' s.ipt --thickness=frames.npy
refuse 1 'one for each of 1' s.ipt --thickness=3,4

# ---- a series of thicknesses ----
# shellcheck disable=SC2086
iphase-simulate -q $crystal --thickness=3,6 -o two.ipt >out 2>&1 &&
	iphase-prepare two.ipt --series --crop=0,0,64,64 -o g.ipt >>out 2>&1 &&
	has g.ipt 'segments  *float32 2 x 4 x 64 x 64 ' &&
	has g.ipt 'potential_beam  *float32 2 x 64 x 64 ' &&
	has g.ipt 'thickness  *float64 2 ' &&
	iphase-evaluate g.ipt >>out 2>&1 &&
	iphase-infer -q g.ipt -o g-net.ipt >>out 2>&1
result '--series keeps pictures of two thicknesses apart' $?
refuse 2 'have no mean: give --series' two.ipt

# ---- wrong use ----
refuse 2 'give a file with the images'
refuse 2 'euler: 2 numbers' s.ipt --euler=1,2
refuse 2 'energy: -3' s.ipt --energy=-0.003
refuse 2 'pixel-size: expected' s.ipt --pixel-size=0
iphase-prepare -q s.ipt >out 2>&1
[ $? = 2 ] && grep -q 'give -o' out
result 'an output is needed' $?
iphase-prepare -q s.ipt -o s.png >out 2>&1
[ $? = 2 ] && grep -q 'must end in .ipt or .npz' out
result 'of a known kind' $?
iphase-prepare -q s.ipt -o ./s.ipt >out 2>&1
[ $? = 2 ] && grep -q 'is an input' out
result 'that is no input' $?
