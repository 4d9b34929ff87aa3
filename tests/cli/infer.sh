# iphase-infer: the manual's example, what is written, tiles, kinds of input,
# warnings, and what is refused. The golden network is not trained for these
# pictures: only its numbers are looked at.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
model=$IP_SRCDIR/tests/golden/model_weights.npz
# for refuse ARGUMENT...
attempt() { iphase-infer -q --model="$model" -o no.ipt --png=no "$@"; }
# potential FILE RAW: the numbers of the potential alone
potential() { iphase-convert -q "$1" --tensor=potential -o "$2" >>out 2>&1; }
# same FILE FILE: the same potential, bit for bit
same() { potential "$1" s1.raw && potential "$2" s2.raw && cmp s1.raw s2.raw >>out 2>&1; }

cp "$IP_SRCDIR/data/crystals/SrTiO3.xyz" SrTiO3.xyz
cp "$model" trained.npz
sed -n '/^iphase-convert trained/,/^\.Ed/p' "$IP_SRCDIR/man/iphase-infer.1" |
	sed '/^\.Ed/d; s/\\e$/\\/; s/trained\.pt/trained.npz/' >example.sh
sh -e example.sh >out 2>&1 && [ -s sto-000-potential.png ] &&
	[ -s sto-001-potential.png ] && ! grep -q "infer: warning" out &&
	grep -q '^potential.ipt, picture 1: SrTiO3' out
result 'the example of the manual' $?
iphase-info potential.ipt >out 2>&1 &&
	grep -q '^potential .*float32 2 x 64 x 64  \[V Angstrom\]' out &&
	grep -q '^potential_beam .*float32 2 x 64 x 64' out &&
	grep -q '^thickness .*float64 2 ' out &&
	grep -q '^euler .*float64 3 ' out && grep -q 'axes  *thickness,x,y' out &&
	grep -q '^  model  *model.ipt$' out &&
	grep -q '^  model_crc32  *[0-9a-f]\{8\}$' out &&
	grep -q '^  model_materials  *SrTiO3$' out &&
	grep -q '^  input_command  *iphase-simulate SrTiO3.xyz' out &&
	grep -q '^  pixel_size  *0.125 0.125$' out
result 'what is in it' $?
for t in 1 2 3; do
	iphase-infer -q --model=model.ipt sto.ipt --threads=$t -o run.ipt \
		>out 2>&1 && mv run.ipt run$t.ipt
done
cmp run1.ipt run2.ipt >>out 2>&1 && cmp run1.ipt run3.ipt >>out 2>&1
result '1, 2 and 3 threads: the same bytes' $?

# models of other forms: the golden weights are float16 numbers
iphase-convert -q model.ipt -o m.safetensors >out 2>&1 &&
	iphase-convert -q m.safetensors --dtype=float16 -o half.ipt >>out 2>&1
bad=0
for m in m.safetensors half.ipt trained.npz; do
	iphase-infer -q --model=$m sto.ipt -o other.npz >>out 2>&1 &&
		same other.npz run1.ipt
	bad=$((bad + $?))
done
result 'models of other forms: the same potential' $bad
iphase-infer -q --model=model.ipt sto.ipt --scale=1200000 -o twice.ipt \
	>out 2>&1 && ! same twice.ipt run1.ipt && iphase-info twice.ipt |
	grep -q '^  model_scale  *1.2e+06$\|^  model_scale  *1200000$'
result '--scale' $?

# images: 4 x 100 x 70 numbers, segments one behind the other
known='--thickness=12.5 --euler=10,-20,359'
seq 100000 | head -c 56000 >all.raw
for i in 0 1 2 3; do
	tail -c +$((i * 14000 + 1)) all.raw | head -c 14000 >q$i.raw
done
iphase-convert -q all.raw --dtype=uint16 --shape=4,100,70 -o seg.npy >out 2>&1
# shellcheck disable=SC2086
{
	iphase-infer -q --model=model.ipt $known seg.npy -o whole.ipt >>out 2>&1 &&
		iphase-infer -q --model=model.ipt $known --images q0.raw q1.raw \
			q2.raw q3.raw --shape=100,70 --dtype=uint16 -o images.npz \
			>>out 2>&1 && same whole.ipt images.npz
	result 'four images are as one file' $?
	for i in 0 1 2 3; do
		iphase-convert -q q$i.raw --dtype=uint16 --shape=100,70 \
			-o q$i.mrc >>out 2>&1
	done
	iphase-convert -q q0.mrc q1.mrc q2.mrc q3.mrc -o q.ipt >>out 2>&1 &&
		iphase-convert -q q.ipt -o q.mrc >>out 2>&1 &&
		iphase-infer -q --model=model.ipt $known --images q0.mrc \
			q1.mrc q2.mrc q3.mrc -o images.npz >>out 2>&1 &&
		same whole.ipt images.npz &&
		iphase-infer -q --model=model.ipt $known q.mrc -o images.npz \
			>>out 2>&1 && same whole.ipt images.npz
	result 'four .mrc, and a stack' $?
	iphase-infer -q --model=model.ipt $known --images q1.raw q0.raw q3.raw \
		q2.raw --shape=100,70 --dtype=uint16 --segment-order=1,0,3,2 \
		-o images.npz >out 2>&1 && same whole.ipt images.npz
	result '--segment-order' $?
	iphase-infer -q --model=model.ipt $known seg.npy --tile=128 -o t.ipt \
		>out 2>&1 && same whole.ipt t.ipt
	result 'a tile as large as the picture' $?
	iphase-infer -v --model=model.ipt $known seg.npy --memory=7.2 \
		--check-tiles -o t.ipt >out 2>&1 && ! same whole.ipt t.ipt &&
		grep -q 'each in 3 x 2 tiles of 64 x 64' out &&
		grep -q 'tiles against the whole: RMS 0\.[0-9]*, largest 0\.' out &&
		iphase-info t.ipt | grep -q '^  tiles  *3 2$'
	result 'tiles, and their distance from the whole' $?
}
head -c 7000 q0.raw >map.raw
# shellcheck disable=SC2086
{
	iphase-convert -q map.raw --dtype=uint8 --shape=100,70 -o map.npy >out 2>&1
	iphase-infer -q --model=model.ipt --euler=10,-20,359 seg.npy \
		--thickness=map.npy -o m.ipt >>out 2>&1 && ! same m.ipt whole.ipt &&
		iphase-info m.ipt | grep -q '^thickness .*float64 100 x 70'
	result 'a map of the thickness' $?

	# several
	cp seg.npy two.npy
	iphase-infer -q --model=model.ipt $known seg.npy two.npy -o many \
		--png=many >out 2>&1 && same many/seg.ipt whole.ipt &&
		same many/two.ipt whole.ipt && [ -s many-two-potential.png ]
	result 'several inputs' $?
	iphase-infer -q --model=model.ipt $known seg.npy -o many/deep/ >out 2>&1 &&
		[ -s many/deep/seg.ipt ]
	result 'into a folder' $?
}

numpy=$(find_numpy)
if [ "$numpy" ]; then
	$numpy - >out 2>&1 <<-'END'
	import numpy as np
	seg = np.load("seg.npy")
	np.savez("ref.npz", input=seg.astype(np.float64), potential=np.ones((1, 100, 70)),
	    thickness_nm=12.5, rotation=np.array([10., -20., 359.]))
	END
	iphase-infer -q --model=model.ipt ref.npz -o many/ >>out 2>&1 &&
		same many/ref.npz whole.ipt && iphase-info many/ref.npz |
		grep -q '^potential_beam .*float64 1 x 100 x 70'
	result 'a file of the reference project' $?
else
	skip 'a file of the reference project' 'no python3-numpy'
fi

# a picture that the memory has no room for: what helps is said
head -c 4194304 /dev/zero >large.raw
iphase-convert -q large.raw --dtype=uint8 --shape=4,1024,1024 -o large.npy
# shellcheck disable=SC3045 # where it is not, the test is left out
large() {
	(ulimit -v 400000 && iphase-infer -q --model=wide --thickness=3 \
		--euler=0,0,0 --threads=1 large.npy -o no.ipt "$@") >out 2>&1
}
# shellcheck disable=SC3045
if { (ulimit -v 400000 && iphase-info --version); } >out 2>&1; then
	large
	grep -q 'warning: this takes 5[0-9][0-9] MiB .* are 39[01]: --memory' \
		out && large --memory=100 && ! grep -q 'this takes' out
	result 'a picture larger than the memory' $?
	rm -f no.ipt
else
	skip 'a picture larger than the memory' 'no ulimit -v'
fi

# warnings, once each
iphase-infer --model=trained.npz sto.ipt many/../sto.ipt -o w >out 2>&1
[ $? = 2 ] && grep -q 'would both be written' out
result 'two inputs of one name' $?
cp sto.ipt sto2.ipt
iphase-infer -q --model=trained.npz sto.ipt sto2.ipt -o w >out 2>&1 &&
	[ "$(grep -c warning out)" = 1 ] && grep -q 'does not say on what' out
result 'a model that does not say what it knows' $?
iphase-convert -q model.ipt -o far.ipt --attribute=energy=30000 \
	--attribute=pixel_size=0.2,0.3 --attribute=thickness=2.5,9 >out 2>&1 &&
	iphase-infer -q --model=far.ipt sto.ipt sto2.ipt -o w >>out 2>&1 &&
	[ "$(grep -c warning out)" = 3 ] &&
	grep -q 'beam energy 200 kV, but .* trained on 30 kV' out &&
	grep -q 'pixel size 0.125 Angstrom, but .* 0.2 to 0.3 Angstrom' out &&
	grep -q 'thickness .* nm, but the model was trained on 2.5 to 9 nm' out
result 'pictures that it does not know' $?
iphase-infer -q --model=far.ipt --thickness=3 --euler=0,0,0 seg.npy -o w/s.ipt \
	>out 2>&1 && [ "$(grep -c 'is not known; the model' out)" = 2 ]
result 'pictures that do not say' $?
iphase-convert -q model.ipt -o far.ipt --attribute=semiangle=10,15 \
	--attribute=outer=60 --attribute=inner=10 >out 2>&1 &&
	iphase-infer -q --model=far.ipt sto.ipt seg.npy --thickness=3 \
		--euler=0,0,0 -o w >>out 2>&1 &&
	grep -q 'semiangle 20 mrad, but .* trained on 10 to 15 mrad' out &&
	grep -q 'outer angle 50 mrad, but .* trained on 60 mrad' out &&
	! grep -q 'inner\|angle is not known' out
result 'another probe and detector than the model knows' $?

# what cannot be
refuse 2 'the thickness is not known: give --thickness' --euler=0,0,0 seg.npy
refuse 2 'angles are not known: give --euler' --thickness=3 seg.npy
refuse 2 'give a file with segments'
refuse 2 'expected four' --images q0.raw q1.raw q2.raw
refuse 2 'are for --images' --shape=100,70 seg.npy
refuse 2 '2 numbers, expected RZ' --euler=0,0 seg.npy
refuse 2 'expected one of auto|sincos7|raw4' --metadata=raw seg.npy
refuse 2 '--scale: 0,' --scale=0 seg.npy
refuse 2 '--memory: -1,' --memory=-1 seg.npy
refuse 2 '--tile: 100, expected a multiple of 32 from 64 on' --tile=100 seg.npy
refuse 2 '--overlap: 64, expected' --tile=64 --overlap=64 seg.npy
refuse 2 'is an input' -o many/../sto.ipt sto.ipt
refuse 2 'must end in .ipt or .npz' seg.npy -o no.txt
refuse 1 'absent.npz' absent.npz
refuse 1 'raw numbers, .* iphase-convert makes' q0.raw
refuse 1 'nothing can be written in the folder' seg.npy -o absent/no.ipt
# shellcheck disable=SC2086
{
	refuse 1 'raw4 makes 8 inputs' $known --metadata=raw4 seg.npy
	refuse 1 'a tile of 64 x 64 pixels takes' $known --memory=6 seg.npy
	refuse 1 "neither .* 'segments' nor .* iphase-prepare" $known trained.npz
	refuse 1 "'map' has 2 axes" $known map.npy
	iphase-convert -q all.raw --dtype=uint16 --shape=7,50,80 -o seven.npy
	refuse 1 "'seven' has 7 segments, expected 4" $known seven.npy
	{ printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', \
'fortran_order': False, 'shape': (4, 0, 8), }"; } >empty.npy
	refuse 1 'is empty' $known empty.npy
	{ printf '\000\000\300\177'; head -c 16380 /dev/zero; } >nan.f32
	iphase-convert -q nan.f32 --shape=4,32,32 -o nan.npy
	refuse 1 'segments: element \[0, 0, 0\] is not finite' $known nan.npy
	refuse 1 'thickness: -1 nm' --thickness=-1 --euler=0,0,0 seg.npy
	refuse 1 'thickness: expected one number' --euler=0,0,0 \
		--thickness=seven.npy seg.npy
	refuse 1 'thickness: expected one number' --euler=0,0,0 \
		--thickness=1,2,3 seg.npy
	refuse 1 'q0.raw: 14000 bytes, expected 14200' $known --images q0.raw q1.raw q2.raw q3.raw \
		--shape=100,71 --dtype=uint16
	refuse 2 'answers with the potential along the beam' $known seg.npy \
		--truth=zone
	iphase-convert -q "$model" -o zone.ipt --attribute=truth=potential_zone
	model=zone.ipt
	refuse 1 'no pixel_size in it' $known seg.npy --truth=beam
	model=seg.npy
	refuse 1 'seg.npy: no model' $known seg.npy
	model=sto.ipt
	refuse 1 'not the weights of a SwinUNETR' $known seg.npy
	model=absent.pt
	refuse 1 'absent.pt' $known seg.npy
}
iphase-infer sto.ipt -o default.ipt >out 2>&1 && iphase-infer \
	--model="$IP_SRCDIR/data/models/wide.ipt" sto.ipt -o named.ipt \
	>>out 2>&1 && same default.ipt named.ipt
result 'the shipped model is the default' $?
# counts, of a file that says its dose, and of one that does not
iphase-simulate -q --crystal=SrTiO3 --thickness=10 --width=12 --sampling=0.15 \
	--pixels=64 --fov=6.4 --dose=1e6 -o counts.ipt >out 2>&1 &&
	iphase-convert -q counts.ipt --tensor=segments -o bare.npy >>out 2>&1
known='--thickness=10 --euler=0,0,0'
# shellcheck disable=SC2086
iphase-infer counts.ipt $known -o counted.ipt >>out 2>&1 &&
	iphase-infer bare.npy $known --beam=1e4 -o told.ipt >>out 2>&1 &&
	same counted.ipt told.ipt && iphase-infer bare.npy $known --beam=2e4 \
	-o weak.ipt >>out 2>&1 && ! same counted.ipt weak.ipt
result '--beam' $?
# shellcheck disable=SC2086
iphase-infer bare.npy $known -o no.ipt >out 2>&1
[ $? = 1 ] && grep -q 'more than the incident beam, which is 1:.*--beam' out
result 'counts that are taken for fractions' $?
iphase-infer --model=model.ipt seg.npy >out 2>&1
[ $? = 2 ] && grep -q 'give -o FILE' out
result 'an output is needed' $?
