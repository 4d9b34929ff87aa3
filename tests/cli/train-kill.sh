# iphase-train, killed at random moments and resumed, ends with the bytes of a
# run that nobody disturbed. IP_TRAIN_KILLS=20 makes more of them than 'make
# check' has time for.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
OMP_NUM_THREADS=1
export OMP_NUM_THREADS
: "${IP_TRAIN_KILLS=3}"

for tilt in 0,0 0.3,0 0,0.4; do
	iphase-simulate -q --crystal=SrTiO3 --thickness=5,10 --tilt=$tilt \
		--width=12 --sampling=0.15 --pixels=64 -o "sto-$tilt.ipt"
done >out 2>&1

# run FOLDER ARGUMENT...: becomes the tool, so that its number is ours
run() {
	mkdir -p "$1"
	cd "$1" || exit 1
	shift
	exec iphase-train -q --feature-size=12 --batch=1 --turns --average=0.9 \
		--dose=1e4,1e6 --epochs=4 --validate-share=0.3 \
		--checkpoint=1 --samples=1:4:1 ../sto-*.ipt -o m.ipt "$@"
}
# hundredths: of a second, since some time
hundredths() { awk '{ printf "%d", 100 * $1 }' /proc/uptime; }
same() {
	for f in m.ipt m.last.ipt m.csv m-epoch0002-0.png m-epoch0004-1.png; do
		cmp "whole/$f" "$1/$f" >>out 2>&1 || return 1
	done
}

if [ ! -r /proc/uptime ]; then
	skip 'killed and resumed' 'no clock finer than a second'
	exit
fi
begin=$(hundredths)
(run whole) >out 2>&1
took=$(($(hundredths) - begin))
[ -s whole/m.ipt ]
result 'a run that nobody disturbs' $?

# At a random moment of its length, and once more of what is left.
: >out
i=0 kills=0
while [ $i -lt "$IP_TRAIN_KILLS" ]; do
	i=$((i + 1))
	for _ in 1 2; do
		(run k$i --resume) >>out 2>&1 &
		pid=$!
		sleep "$(od -An -N2 -tu2 /dev/urandom | awk -v t=$took '{
			printf "%.2f", $1 / 65536 * t / 100 }')"
		kill -9 $pid 2>/dev/null && kills=$((kills + 1))
		wait $pid 2>/dev/null
	done
	(run k$i --resume) >>out 2>&1 && same k$i && continue
	echo "run $i, of ${took}0 ms" >>out
	false
	break
done
result "killed $kills times and resumed: the same bytes" $?

# A signal lets it finish the step, and tells how to go on.
(run term -v --resume) >out 2>&1 &
pid=$!
n=0
while [ ! -s term/m.last.ipt ] && [ $n -lt 600 ]; do
	sleep 0.05
	n=$((n + 1))
done
kill -TERM $pid
wait $pid && (run term --resume) >>out 2>&1 && same term
result 'ended by SIGTERM and resumed' $?
