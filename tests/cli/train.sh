# iphase-train: what is written, the same bytes again, stops between, what is
# refused. The networks are small and learn little: only numbers are compared.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"

for tilt in 0,0 0.3,0 0,0.4; do
	iphase-simulate -q --crystal=SrTiO3 --thickness=5,10 --tilt=$tilt \
		--width=12 --sampling=0.15 --pixels=64 -o "sto-$tilt.ipt" ||
		echo "not ok - no pictures"
done >out 2>&1

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
	! ls -a whole | grep -q tmp
result 'a run' $?
cat whole/m.csv >out
awk -F, 'NR == 1 { exit $1 $2 $3 != "epochstepsloss" || NF != 14 }' out &&
	awk -F, 'NR > 1 { for (i = 1; i <= 14; i++) if ($i == "") exit 1
		if ($1 != NR - 1 || $2 != 2 * $1 || $3 <= 0 || $14 <= 0) exit 1 }' out
result 'its log' $?
iphase-info whole/m.ipt >out 2>&1 && grep -q '^  materials  *SrTiO3$' out &&
	grep -q '^  energy  *200000' out && grep -q '^  thickness  *5 10$' out &&
	grep -q '^  provenance  *iphase-train ' out &&
	grep -q '^  truth  *potential_beam$' out &&
	grep -q '^  epochs  *[123]$' out && grep -q '^  validation_loss' out &&
	iphase-infer --model=whole/m.ipt sto-0,0.ipt -o p.ipt >out 2>&1 &&
	! grep -q warning out
result 'a model that says what it knows' $?
train told "$@" --epochs=1 >out 2>&1
(cd told && rm m.last.ipt && iphase-train --feature-size=12 --batch=2 \
	../sto-*.ipt -o m.ipt --epochs=1 --validate-share=0.3) >out 2>&1 &&
	grep -q ': 4 pictures of 2 specimens to learn from, 2 of 1 to val' out &&
	grep -q 'feature size 12: 1591795 weights; .* MiB for 1 picture of 64' out &&
	grep -q 'the weights after epoch 1, validation loss' out
result 'what it tells' $?

for t in 1 3; do
	train $t "$@" --samples=2:3:1 --threads=$t >>out 2>&1
done
same 1 whole && same 3 whole
result 'other numbers of threads: the same bytes' $?

# a step a session, and one that is done
i=0
while ! rows step 3 2>/dev/null && [ $i -lt 12 ]; do
	train step "$@" --samples=2:3:1 --for=0.01s --resume || break
	i=$((i + 1))
done >out 2>&1
same step whole && [ $i = 6 ]
result 'stopped after each step: the same bytes' $?
train step "$@" --samples=2:3:1 --resume >out 2>&1 && same step whole
result 'done is done' $?
rm step/m.csv step/m.ipt
train step "$@" --samples=2:3:1 --resume >out 2>&1 && same step whole
result 'model and log are made again from the checkpoint' $?

# what may not change, and what may
cp whole/m.last.ipt kept.ipt
bad=0
for o in --rate=1e-3 --batch=3 --micro-batch=2 --seed=1 --epochs=4 \
	--schedule=constant --decay=0 --clip=2 --average=0.8 --warmup=1 \
	--loss=1,0,0 --mirrors --shifts --dose=1e4,1e5 --crop=64 \
	--scale=1000 --truth=zone --metadata=raw4 --feature-size=24 \
	--augment=reference --validate-share=0.5 --init=m.ipt; do
	cp whole/m.ipt m.ipt
	(cd whole && iphase-train -q --feature-size=12 --batch=2 --turns \
		--dose=1e4,1e6 --orthonormal ../sto-*.ipt -o m.ipt "$@" \
		--resume "${o%m.ipt}${o##*[!t]}") >out 2>&1
	[ $? = 1 ] && grep -q "m.last.ipt: ${o%%=*} was " out || {
		echo "$o" >>out
		bad=1
		break
	}
done
cmp kept.ipt whole/m.last.ipt >>out 2>&1 || bad=1
result 'options that must be equal' $bad
