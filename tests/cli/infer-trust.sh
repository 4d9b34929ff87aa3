# iphase-infer --check and --ensemble: what is written, printed and drawn, what
# regions and displacement do, and what must be known.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
model=$IP_SRCDIR/tests/golden/model_weights.npz
# for refuse ARGUMENT...
attempt() { iphase-infer -q --model="$model" -o no.ipt "$@"; }
# numbers FILE TENSOR: as raw bytes, in TENSOR.raw
numbers() { iphase-convert -q "$1" --tensor="$2" -o "$2.raw" >>out 2>&1; }
# same FILE TENSOR FILE [TENSOR]: the same numbers, bit for bit
same() {
	numbers "$1" "$2" && mv "$2.raw" one.raw && numbers "$3" "${4-$2}" &&
		cmp one.raw "${4-$2}.raw" >>out 2>&1
}
# says NUMBER EXPRESSION: of x, the number behind that word of the last out
says() {
	sed -n "s/^.*$1 \([-+.0-9e]*\).*$/\1/p" out | awk "
		{ x = \$1; if (!($2)) bad = 1 } END { exit bad || NR == 0 }"
}

# 11.7 x 11.7 Angstrom: four regions; two pictures
iphase-simulate -q --crystal=SrTiO3 --width=12 --thickness=4,10 --sampling=0.1 \
	--pixels=64 --fov=11.7 -o sto.ipt >out 2>&1
iphase-infer -q --model="$model" sto.ipt --check --regions=1 --ensemble \
	--png=p -o both.ipt >out 2>&1 && iphase-info both.ipt >info 2>>out &&
	grep -q '^segments_predicted .*float32 2 x 4 x 64 x 64 ' info &&
	grep -q '^residual .*float32 2 x 64 x 64 ' info &&
	grep -q '^consistency .*float64 2 ' info &&
	grep -q '^displacement .*float64 2 ' info &&
	grep -q '^potential_spread .*float32 2 x 64 x 64 ' info &&
	grep -q '^spread .*float64 2 ' info
result 'what is written' $?
[ "$(grep -c 'picture [01]: consistency .*; 1 of 4 regions' out)" = 2 ] &&
	[ "$(grep -c 'picture [01]: spread over turns: ' out)" = 2 ]
result 'what is printed' $?
iphase-infer -q --model="$model" sto.ipt -o plain.ipt --png=q >out 2>&1 &&
	[ "$(wc -c <q-001-potential.png)" -lt "$(wc -c <p-001-potential.png)" ]
result 'two more pictures are drawn' $?
iphase-infer -q --model="$model" sto.ipt --check --regions=0 \
	--displacement=0.005 -o all.ipt >out 2>&1 &&
	same plain.ipt potential all.ipt && ! same plain.ipt potential both.ipt &&
	[ "$(grep -c '4 of 4 regions, displacement 0.005 A' out)" = 2 ]
result '--regions, --displacement, and only --ensemble changes the answer' $?

# a potential along the beam is that along the zone axis times the thickness
iphase-convert -q "$model" -o flat.ipt --attribute=scale=60000 >out 2>&1 &&
	iphase-convert -q "$model" -o zone.ipt --attribute=scale=6000 \
	--attribute=truth=potential_zone >>out 2>&1
for m in flat zone; do
	iphase-infer -q --model=$m.ipt sto.ipt --thickness=10 --check \
		--regions=1 --displacement=0 -o $m-10.ipt >>out 2>&1
done
[ "$(grep -c 'picture .: consistency' out)" = 4 ] &&
	[ "$(grep 'picture .: consistency' out | sort -u | wc -l)" = 2 ] &&
	! same flat-10.ipt potential zone-10.ipt
result 'a potential along the beam' $?

# a model of crystals as they are: trained on pixels of 0.1 Angstrom
iphase-simulate -q --crystal=SrTiO3 --width=12 --thickness=6 --sampling=0.1 \
	--pixels=64 --fov=6.4 --tilt=1,0 -o seen.ipt >out 2>&1
iphase-infer -q seen.ipt --check --ensemble -o zone.ipt >out 2>&1 &&
	says consistency 'x > 0 && x < 0.5' && says turns: 'x > 0 && x < 0.5'
result 'the shipped model explains what is seen' $?
iphase-infer -q seen.ipt --check --ensemble --truth=beam -o beam.ipt >out \
	2>&1 && same zone.ipt residual beam.ipt &&
	! same zone.ipt potential_spread beam.ipt
result '--check does not depend on --truth' $?
iphase-infer -q seen.ipt --thickness=30 --check -o thick.ipt >out 2>&1 &&
	says consistency 'x > 0.5'
result 'a thickness that is wrong shows' $?
# a full turn of the detector is none; everything else is looked at
known='note=1 rotation=360 rotation=30 focal_spread=100 source_fwhm=1
beam_tilt=5,0 beam_tilt=0,5 detector_offset=5,0 detector_offset=0,5
aberrations=C10=150 aperture=hard'
for a in $known; do
	iphase-convert -q seen.ipt -o told.ipt --attribute="$a" >out 2>&1 &&
		iphase-infer -q told.ipt --check --displacement=0.005 \
		-o no.ipt >>out 2>&1 &&
		sed -n 's/.*: consistency \([^;]*\);.*/\1/p' out
done >many
[ "$(wc -l <many)" = 11 ] && [ "$(sort -u many | wc -l)" = 10 ] &&
	[ "$(sed -n 1p many)" = "$(sed -n 2p many)" ]
result 'what the file says of the microscope counts' $?
rm -f no.ipt

iphase-convert -q sto.ipt --tensor=segments -o seg.npy >out 2>&1
known='--thickness=3 --euler=0,0,0'
# shellcheck disable=SC2086
iphase-infer -q --model="$model" $known seg.npy --ensemble -o mean.npz \
	>>out 2>&1
result '--ensemble asks for no attribute' $?

# what must be known, and what cannot be
bare=seg.npy
for key in energy semiangle inner outer pixel_size; do
	# shellcheck disable=SC2086
	refuse 1 "no attribute $key in it.*--attribute=$key=" $known --check \
		$bare
	iphase-convert -q $bare --tensor=segments -o with-$key.ipt \
		--attribute=$key=10 >out 2>&1
	bare=with-$key.ipt
done
refuse 2 '--regions: -1, expected' --check --regions=-1 sto.ipt
refuse 2 '--displacement: 1, expected' --check --displacement=1 sto.ipt
refuse 2 '--displacement: -0.1, expected' --check --displacement=-0.1 sto.ipt
iphase-convert -q sto.ipt -o oblong.ipt --pixel-size=0.1,0.2 >out 2>&1
refuse 1 'pixels of 0.1 x 0.2 A; expected square' --ensemble oblong.ipt
iphase-convert -q sto.ipt -o odd.ipt --attribute=aberrations=C99=1 >out 2>&1
refuse 1 'C99' --check odd.ipt
