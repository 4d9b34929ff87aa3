# iphase-simulate --jobs: files of simulations, and what goes on after a stop.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
run() {
	iphase-simulate --jobs=list --crystal=SrTiO3 --width=12 --pixels=12 \
		--sampling=0.15 "$@" >out 2>&1
}

cat >list <<'END'
# two words in one, a comment, an empty line

--thickness=2,4 -o 'a b.ipt'	# the first
   --thickness=3 --tilt=0,"0.5" -o c.ipt
END
run && [ -s 'a b.ipt' ] && [ -s c.ipt ]
result 'two jobs' $?
iphase-simulate --thickness=3 --tilt=0,0.5 --crystal=SrTiO3 --width=12 \
	--pixels=12 --sampling=0.15 -o alone.ipt >out 2>&1 &&
	iphase-info --against=alone.ipt c.ipt >out 2>&1 &&
	[ "$(grep -c 'largest 0, rms 0' out)" -ge 5 ] && ! grep -q not out
result 'the same as by hand' $?

cp c.ipt kept.ipt
rm 'a b.ipt'
run && [ -s 'a b.ipt' ] && cmp c.ipt kept.ipt && grep -q 'c.ipt: is there' out
result 'goes on where it stopped' $?
run --threads=1 -q && [ "$(wc -c <out)" = 0 ]
result 'threads and silence are no other command' $?
run --dose=10
[ $? = 1 ] && [ "$(grep -c error: out)" = 1 ] &&
	grep -q 'a b.ipt: is there, but another command' out &&
	grep -q 'list:3: this job failed' out && cmp c.ipt kept.ipt
result 'what another command made stays' $?
printf 'nonsense' >c.ipt
run
[ $? = 1 ] && [ "$(grep -c error: out)" = 1 ] && [ "$(cat c.ipt)" = nonsense ]
result 'so does what is no .ipt' $?

# Killed while the second is at work, the first is done and stays.
rm -f -- *.ipt
printf '%s\n' '--thickness=2 -o a.ipt' '--thickness=400 --pixels=64 -o b.ipt' \
	>list
setsid sh -c 'exec iphase-simulate --jobs=list --crystal=SrTiO3 --width=40 \
	--sampling=0.08 -q' >out 2>&1 &
pid=$!
i=0
while [ ! -s a.ipt ] && [ $i -lt 600 ]; do
	sleep 0.1
	i=$((i + 1))
done
sleep 0.3
kill -9 -$pid 2>/dev/null
wait $pid 2>/dev/null
[ -s a.ipt ] && [ ! -e b.ipt ] && iphase-info a.ipt >out 2>&1
result 'killed' $?

: >list
run
result 'an empty file' $?
printf '%s\n' '--thickness=2 -o "a.ipt' >list
run
[ $? = 1 ] && grep -q 'list:1: a quotation mark is not closed' out
result 'an open quotation' $?
printf '%s\n' '--thickness=2 -o x.ipt' '--thickness=0 -o y.ipt' \
	'--thickness=2 -o z.ipt' >list
run
[ $? = 1 ] && [ -s x.ipt ] && [ ! -e z.ipt ] && grep -q 'list:2: this' out
result 'the first that fails ends it' $?
printf '%s\n' '--jobs=list' >list
run
[ $? = 1 ] && grep -q 'list:1: a job cannot have --jobs' out
result 'jobs within jobs' $?
iphase-simulate --jobs=none >out 2>&1
[ $? = 1 ] && [ "$(grep -c error: out)" = 1 ] && grep -q 'none: No such' out
result 'no such file' $?
