# iphase-train: what is written, the same bytes again, stops between, what is
# refused. The networks are small and learn little: only numbers are compared.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"

# Two threads would mostly wait for each other.
OMP_NUM_THREADS=1
export OMP_NUM_THREADS

mkdir manual
sed -n '/^for tilt in/,/^\.Ed/p' "$IP_SRCDIR/man/iphase-train.1" |
	sed '/^\.Ed/d; s/\\e$/\\/' >manual/example.sh
(cd manual && sh -e example.sh) >out 2>&1 && [ -s manual/model.ipt ] &&
	grep -q ': 8 pictures of 2 specimens to learn from, 4 of 1 to' out &&
	[ "$(grep -c '^iphase-train:    *[0-9]* ' out)" = 8 ] &&
	awk -F, 'END { exit !($7 < 0.3 && $11 > 0.3) }' manual/model.csv
result 'the example of the manual' $?

for tilt in 0,0 0.3,0 0,0.4; do
	iphase-simulate -q --crystal=SrTiO3 --thickness=5,10 --tilt=$tilt \
		--fov=7.8106 --width=12 --sampling=0.15 --pixels=64 \
		-o "sto-$tilt.ipt" ||
		echo "not ok - no pictures"
done >out 2>&1

iphase-simulate -q --crystal=SrTiO3 --thickness=5,10 --fov=7.8106,11.7159 \
	--width=12 --sampling=0.15 --pixels=64,96 -o wide.ipt
iphase-simulate -q --crystal=GaN --thickness=5 --width=12 --sampling=0.15 \
	--pixels=64 -o gan.ipt

# train FOLDER ARGUMENT...: a run there, in a network that is soon done
train() {
	mkdir -p "$1"
	(cd "$1" && shift && exec iphase-train -q --feature-size=12 --batch=2 \
		--turns --dose=1e4,1e6 --orthonormal ../sto-*.ipt -o m.ipt "$@")
}
# same FOLDER FOLDER: all that a run leaves
same() {
	for f in m.ipt m.last.ipt m.csv; do
		cmp "$1/$f" "$2/$f" >>out 2>&1 || return 1
	done
}
# rows FOLDER NUMBER: of the log
rows() { [ "$(wc -l <"$1/m.csv")" = $(($2 + 1)) ]; }
# for refuse ARGUMENT...
attempt() { iphase-train -q -o no.ipt "$@"; }
set -- --validate-share=0.3 --epochs=3 --average=0.9 --warmup=2

train whole "$@" --samples=2:3:1 >out 2>&1 && rows whole 3 && [ ! -s out ] &&
	[ -s whole/m-epoch0002-1.png ] && [ -s whole/m-epoch0003-0.png ] &&
	[ ! -e whole/m-epoch0001-0.png ] && [ ! -e whole/m-epoch0003-2.png ] &&
	[ -z "$(find whole -name '*tmp*')" ]
result 'a run' $?
cat whole/m.csv >out
awk -F, 'NR == 1 { exit $1 $2 $3 != "epochstepsloss" || NF != 14 }' out &&
	awk -F, 'NR > 1 { for (i = 1; i <= 14; i++) if ($i == "") exit 1
		if ($1 != NR - 1 || $2 != 2 * $1 || $3 <= 0 || $14 <= 0) exit 1 }' out
result 'its log' $?
iphase-info whole/m.ipt 2>&1 | grep '^  ' >out && grep -q '^  materials  *SrTiO3$' out &&
	grep -q '^  energy  *200000' out && grep -q '^  outer  *50$' out &&
	grep -q '^  thickness  *5\.[0-9]* 9\.[0-9]*$' out &&
	grep -q '^  provenance  *iphase-train ' out &&
	grep -q '^  truth  *potential_beam$' out &&
	grep -q '^  epochs  *[123]$' out && grep -q '^  validation_loss' out &&
	iphase-infer --model=whole/m.ipt sto-0,0.ipt -o p.ipt >out 2>&1 &&
	! grep -q warning out
result 'a model that says what it knows' $?
# a model that is there is replaced; only a checkpoint is not
mkdir told && cp whole/m.ipt told && iphase-train --feature-size=12 --batch=2 \
	--micro-batch=2 sto-*.ipt -o told/m.ipt --epochs=1 \
	--validate-share=0.3 --log=told/other.csv >out 2>&1 &&
	grep -q ': 4 pictures of 2 specimens to learn from, 2 of 1 to val' out &&
	grep -q 'feature size 12: 1591795 weights; .* MiB for 2 pictures of 64' out &&
	grep -q 'the weights after epoch 1, validation loss' out &&
	[ "$(wc -l <told/other.csv)" = 2 ] && [ ! -e told/m.csv ] &&
	! cmp -s told/m.ipt whole/m.ipt
result 'what it tells' $?

train threads "$@" --samples=2:3:1 --threads=3 >out 2>&1
same threads whole
result 'another number of threads: the same bytes' $?

# A step a session; the last has only the validation left to do.
i=0
while ! rows step 3 2>/dev/null && [ $i -lt 12 ]; do
	train step "$@" --samples=2:3:1 --for=0.01s --resume || break
	i=$((i + 1))
done >out 2>&1
same step whole && [ $i = 7 ]
result 'stopped after each step: the same bytes' $?
train step "$@" --samples=2:3:1 --resume >out 2>&1 && same step whole
result 'done is done' $?
rm step/m.csv step/m.ipt
train step "$@" --samples=2:3:1 --resume >out 2>&1 && same step whole
result 'model and log are made again from the checkpoint' $?

# what may not change, and what may
cp whole/m.last.ipt kept.ipt
cp whole/m.ipt other.ipt
bad=0
for o in --rate=1e-3 --batch=3 --micro-batch=2 --seed=1 --epochs=4 \
	--schedule=constant --decay=0 --clip=2 --average=0.8 --warmup=1 \
	--loss=1,0,0 --mirrors --shifts --dose=1e4,1e5 --crop=64 \
	--scale=1000 --truth=zone --metadata=raw4 --feature-size=24 \
	--ramps=0.5 --empty=0.5 --architecture=modulated --augment=reference \
	--init=../other.ipt --validate-share=0.6; do
	train whole "$@" --resume $o >out 2>&1
	[ $? = 1 ] && [ "$(grep -c error: out)" = 1 ] &&
		grep -q "m.last.ipt: ${o%%=*} was " out && continue
	echo "$o" >>out
	bad=1
	break
done
cmp kept.ipt whole/m.last.ipt >>out 2>&1 || bad=1
result 'options that must be equal' $bad
train whole "$@" --resume ../gan.ipt >out 2>&1
[ $? = 1 ] && grep -q 'm.last.ipt: DATA was ' out
result 'other data' $?
mkdir moved && cp sto-*.ipt whole/m.last.ipt moved && iphase-train -q \
	--feature-size=12 --batch=2 --turns --dose=1e4,1e6 --orthonormal \
	moved/sto-*.ipt -o moved/m.ipt "$@" --resume >out 2>&1 &&
	cmp moved/m.csv whole/m.csv >>out 2>&1
result 'data may move' $?
train whole "$@" >out 2>&1
[ $? = 1 ] && grep -q 'm.last.ipt: is there, of an earlier run: go on' out
result 'a run that is there is not begun anew' $?
train long --schedule=constant --epochs=2 >out 2>&1 &&
	train more --schedule=constant --epochs=1 >>out 2>&1 &&
	train more --schedule=constant --epochs=2 --resume >>out 2>&1 &&
	cmp long/m.csv more/m.csv >>out 2>&1
result 'a constant rate: epochs may be added' $?

# On pictures that may be shifted, mirrored and cut. If an option were not
# heeded, its log would be that of the first run, which is given none.
mkdir each
for o in --scale=20000 --truth=zone --metadata=raw4 --init=other.ipt \
	--scale=10000 --batch=2 --rate=1e-3 --schedule=constant --warmup=2 \
	--decay=100 --clip=0.01 --average=0.9 --loss=2,0.1,0.1 \
	--loss=1,0.2,0.1 --loss=1,0.1,0.2 --orthonormal --turns --mirrors \
	--shifts --dose=1e3 --dose=1e3,1e6 --crop=64 --augment=reference \
	--architecture=modulated --ramps=1 --empty=1 --seed=1; do
	iphase-train -q --feature-size=12 --batch=1 --epochs=1 --scale=20000 \
		--validate=sto-0,0.ipt wide.ipt -o "each/$o.ipt" "$o" || break
done >>out 2>&1
cksum each/*.csv >>out
[ "$(grep -c '\.csv$' out)" = 27 ] &&
	[ "$(awk '/\.csv$/ { print $1 }' out | sort -u | wc -l)" = 27 ]
result 'each option matters' $?
# what --init has is gone on with: its architecture, with what belongs to it
again() { iphase-train -q --init=each/--architecture=modulated.ipt wide.ipt \
	--epochs=1 --truth=zone "$@"; }
again -o again.ipt >out 2>&1 && iphase-info again.ipt | grep '^  ' >>out &&
	grep -q '^  architecture  *modulated$' out &&
	grep -q '^  metadata  *tilt3$' out && grep -q '^  scale  *300$' out
result 'a modulated network as --init' $?
again --architecture=swin_unetr -o no.ipt >out 2>&1
[ $? = 2 ] && grep -q -e '--architecture: each/.* is modulated' out
result 'another architecture than that of --init' $?

# other ways
train still --validate=../sto-0,0.ipt --epochs=5 --patience=1 \
	--rate=1e-30 --decay=0 >out 2>&1
[ $? = 2 ] && grep -q 'sto-0,0.ipt is also learned from' out
result 'pictures that are also learned from' $?
mv sto-0,0.ipt held.ipt
set -- still --validate=../held.ipt --epochs=5 --patience=1 --rate=1e-30 \
	--decay=0
train "$@" >out 2>&1 && rows still 2 &&
	iphase-info still/m.ipt | grep '^  ' >>out &&
	grep -q '^  epochs  *1$' out && grep -q '^  steps  *2$' out
result 'patience' $?
mv still/m.ipt still.ipt && train "$@" --resume >out 2>&1 &&
	cmp still.ipt still/m.ipt >>out 2>&1
result 'a model of an earlier epoch is made again from the checkpoint' $?
train init --init=../each/--metadata=raw4.ipt --epochs=1 --truth=zone --crop=64 >out 2>&1 &&
	iphase-info init/m.ipt | grep '^  ' >out &&
	grep -q '^  truth  *potential_zone$' out &&
	grep -q '^  scale  *6000$' out && grep -q '^  init_crc32 ' out &&
	grep -q '^  metadata  *raw4$' out &&
	grep -q '^  init_materials  *SrTiO3$' out &&
	awk -F, 'NR == 2 {
		exit $7 != "" || $11 != "" || $12 != "" }' init/m.csv
result 'weights of a model, the other truth, no validation' $?
# a model says which potential it answers with; so does what it makes
iphase-infer -q --model=init/m.ipt sto-0.3,0.ipt -o zone.ipt >out 2>&1 &&
	iphase-info zone.ipt >info &&
	[ "$(grep -c '^potential.*\[V Angstrom per nm\]' info)" = 2 ] &&
	! grep -q '^potential_beam' info &&
	iphase-evaluate --model=init/m.ipt sto-0.3,0.ipt >now 2>>out &&
	iphase-evaluate zone.ipt >stored 2>>out &&
	[ "$(grep '^network  ' now)" = "$(grep '^network  ' stored)" ] &&
	[ "$(grep '^truth  ' now | uniq)" = "$(grep '^truth  ' stored | uniq)" ]
result 'the other truth, inferred and evaluated' $?
(cd init && iphase-train -q --init=m.ipt ../gan.ipt --epochs=1 --truth=zone \
	--scale=3000 -o gan.ipt && iphase-train -q --init=gan.ipt ../gan.ipt \
	--epochs=1 --truth=zone -o last.ipt) >out 2>&1 &&
	iphase-info init/last.ipt | grep '^  ' >>out &&
	grep -q '^  scale  *3000$' out &&
	grep -q '^  init_materials  *GaN, SrTiO3$' out &&
	iphase-evaluate --model=init/last.ipt sto-0.3,0.ipt >>out 2>&1 &&
	grep -q 'warning: sto-0.3,0.ipt: the model was trained on SrTiO3' out
result 'what the weights of --init had seen, and their scale' $?
mkdir bin
cat >bin/gnuplot <<'END'
#!/bin/sh
cp "$2" seen.gp
END
chmod +x bin/gnuplot
(PATH=$PWD/bin:$PATH && train "it's" --epochs=2) >out 2>&1 &&
	cmp "it's/seen.gp" "it's/m.gp" >>out 2>&1 && cat "it's/m.gp" >>out &&
	grep -q "^set output 'm.png'" "it's/m.gp" &&
	grep -q "^plot 'm.csv' using 1:3" "it's/m.gp"
result 'a chart' $?

# a number that is not finite; the step before it is kept
train nan --epochs=1 --batch=1 --checkpoint=1 --clip=0 --rate=1e20 >out 2>&1
[ $? = 1 ] && [ "$(grep -c error: out)" = 1 ] &&
	grep -q 'epoch 1, step 2: a number is not finite; it arose in ' out &&
	grep -q 'with ../sto-0' out && iphase-info nan/m.last.ipt >info 2>&1 &&
	grep -q '^  step  *1$' info && ! grep -q -i 'm[inax]* -*\(nan\|inf\)' info
result 'a number that is not finite' $?

set -- sto-0.3,0.ipt
refuse 2 'give files or folders with pictures'
refuse 2 '--epochs: 0, expected a whole number from 1 on' --epochs=0 "$@"
refuse 2 '--feature-size: 20, expected a multiple' --feature-size=20 "$@"
refuse 2 '--crop: 48, expected a multiple of 32' --crop=48 "$@"
refuse 2 '--micro-batch: 9, expected at most' --micro-batch=9 "$@"
refuse 2 '--rate: 0, expected' --rate=0 "$@"
refuse 2 '--average: 1, expected' --average=1 "$@"
refuse 2 '--loss: expected three' --loss=1,2 "$@"
refuse 2 '--dose: expected LOW,HIGH' --dose=2,1 "$@"
refuse 2 "--for: '90', expected a time" --for=90 "$@"
refuse 2 '--samples: 1.5, expected whole numbers' --samples=1.5 "$@"
refuse 2 'needs --validate' --patience=3 "$@"
refuse 2 'give one of them' --validate=held.ipt --validate-share=0.5 "$@"
refuse 2 'must end in .ipt' -o no.pt "$@"
refuse 2 'is an input' -o sto-0.3,0.ipt "$@"
refuse 1 'only whole specimens can be held back' --validate-share=0.5 "$@"
refuse 1 'smaller than the part of 96 x 96 that is to be cut out' --crop=96 "$@"
refuse 1 'absent.ipt' absent.ipt
mkdir data
cp held.ipt sto-*.ipt data
refuse 2 'data/held.ipt is also learned from' --validate=data/held.ipt data
refuse 2 'would be among the data of data' -o data/no.ipt data
iphase-simulate -q --crystal=SrTiO3 --thickness=5 --width=12 --sampling=0.15 \
	--pixels=64 --dose=1e4 -o counts.ipt >out 2>&1
refuse 1 'counts.ipt: its segments are counts' --validate=counts.ipt \
	--dose=1e4 "$@"
refuse 1 'nothing can be written in the folder' -o absent/no.ipt "$@"
iphase-simulate -q --crystal=SrTiO3 --thickness=5 --width=12 --sampling=0.15 \
	--pixels=48 -o odd.ipt >out 2>&1
refuse 1 '48 x 48 pixels; the network learns from sides that are multiples of 32' \
	odd.ipt
