# iphase-dataset: a plan becomes a dataset, in shards and after being killed to
# the same bytes; what it finds wrong, and how it is split.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN \
	SLURM_ARRAY_TASK_STEP
cp "$IP_SRCDIR/data/plans/tiny.plan" .
cat >mixed.plan <<'END'
seed = 3
thickness = each 2..4 4..6
pixels = 32
sampling = 0.15
[turns]
crystals = low.xyz SrTiO3
specimens = 2
width = 12
rotations = 2
tilt = 0.3
dose = log 1e4 1e5
defocus = uniform -20 20
[invented]
crystals = invented 2
specimens = 1
width = 12
[island]
crystals = SrTiO3
specimens = 1
specimen = island
pixel = 0.3
END
cat >low.xyz <<'END'
5
Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3:u_iso:R:1
Sr 0.3 0.2 0.5 0.006
Ti 2.3 1.7 2.5 0.006
O 1.8 2.4 0.5 0.009
O 2.1 0.1 2.5 0.009
O 0.2 2.2 2.5 0.009
END
made() { find "$1/specimens" -name '[0-9]*.ipt' | wc -l; }

# ---- plan ----

iphase-dataset plan tiny.plan >out 2>&1 &&
	grep -q '^perfect  *GaN  *4  *8  *4  *4 ' out &&
	grep -q '^10 specimens, 20 pictures, about 1.28 MB' out
result 'plan tells what there would be' $?
sed 's/^sampling.*/sampling = 0.9/' tiny.plan >rough.plan
iphase-dataset plan rough.plan >out 2>&1
[ $? = 1 ] && grep -q '00000-SrTiO3 failed: iphase-simulate ' out &&
	grep -q '10 of 10 specimens would fail' out
result 'and what would not be accepted' $?

(cd "$IP_BUILDDIR" && ./iphase-dataset plan tiny.plan) >out 2>&1 &&
	grep -q '^10 specimens' out
result 'iphase-simulate is found beside a tool without a full name' $?

# One specimen of all that a plan can say: its command, as a job that fails
# shows it, and its cost by the same words.
cat >every.plan <<'END'
thickness = 2 3
tilt = 0.1
angle = 30
defocus = -12
source = 0.5
dose = 1000
zone = 1,0,0
potential = dft
pixels = 16
width = 12
sampling = 0.15
options = --semiangle=21
[a]
crystals = GaN
specimens = 1
END
sed 's/^options.*/& --cut=wrong/' every.plan >not.plan
iphase-dataset plan not.plan >out 2>&1
sed -n 's/.* failed: iphase-simulate \(.*\) --cut=wrong/\1/p' out >said
for word in crystal=GaN zone=1,0,0 potential=dft thickness=2,3 \
	euler=30,0.1,0.1 pixels=16 width=12 sampling=0.15 defocus=-12 \
	source-fwhm=0.5 dose=1000 semiangle=21 'seed=[0-9]*' \
	'scan=[0-9.]*,[0-9.]*,[0-9.]*,[0-9.]*'; do
	grep -q -e "--$word\( \|$\)" said || echo "$word"
done >out
[ ! -s out ]
result 'a job has all that the plan says' $?
# shellcheck disable=SC2046
iphase-simulate $(cat said) --cost >cost 2>out &&
	iphase-dataset plan every.plan --threads=2 --rate=0.001 >out 2>&1 &&
	awk 'NR == FNR { s = $1 / 1e6; next }
		/s a specimen/ { each = $(NF - 3) }
		/units of work/ { split($1, t, ":")
			all = t[1] * 3600 + t[2] * 60 + t[3] }
		END { exit !(s > 0 && each / s > 0.94 && each / s < 1.06 &&
			all > s / 2 - 0.51 && all < s / 2 + 0.51) }' cost out
result 'and takes what its words would, halved by two threads' $?

# ---- run, check ----

iphase-dataset run tiny.plan -o a >out 2>&1 && [ "$(made a)" = 10 ] &&
	cmp a/plan tiny.plan && grep -q '10 specimens, 10 of them' out
result 'run' $?
iphase-dataset run tiny.plan -o a >out 2>&1 && grep -q ', 0 of them' out
result 'nothing is left to do' $?
iphase-dataset check a >out 2>&1 && [ "$(grep -c '^perfect' out)" = 2 ]
result 'check' $?
iphase-dataset run mixed.plan -o m >out 2>&1 && iphase-dataset check m >out &&
	[ "$(made m)" = 7 ] && cmp m/structures/low.xyz low.xyz &&
	[ "$(find m/specimens -name "*-invented00001.ipt" | wc -l)" = 1 ] &&
	iphase-info m/specimens/00000-low.ipt >out &&
	grep -q '^segments.* 4 x 4 x 32 x 32 ' out &&
	grep -q '^euler.* 4 x 3 ' out
result 'files, islands, invented crystals and rotations' $?
iphase-train a/specimens -q --feature-size=12 --epochs=1 --truth=zone \
	-o t.ipt >out 2>&1
result 'iphase-train learns from the folder' $?

# ---- shards ----

iphase-dataset run tiny.plan -o s1 --shard=1/2 --threads=1 -q >out 2>&1 &&
	[ "$(made s1)" = 5 ] &&
	SLURM_ARRAY_TASK_ID=10 SLURM_ARRAY_TASK_COUNT=2 \
		SLURM_ARRAY_TASK_MIN=7 SLURM_ARRAY_TASK_STEP=3 \
		iphase-dataset run tiny.plan -o s2 >out 2>&1 &&
	grep -q 'shard 2/2' out && [ "$(made s2)" = 5 ]
result 'two shards, one of them by Slurm' $?
iphase-dataset merge all s1 s2 >out 2>&1 && diff -r a all >>out
result 'together they are the bytes of one run' $?
iphase-dataset merge m2 m >out 2>&1 && diff -r m m2 >>out
result 'structures as well' $?
iphase-dataset merge part s1 >out 2>&1 && grep -q '5 of 10 .* missing' out &&
	grep -q '00001-[A-Za-z0-9]*.ipt: is in none' out
result 'merge says what is missing' $?
iphase-dataset merge no m a >out 2>&1
[ $? = 1 ] && grep -q 'a/plan: is another plan than m/plan' out && [ ! -e no ]
result 'other plans are not merged' $?
cp -r s1 twin
f=$(cd s1/specimens && echo 00000-*)
printf x | dd of="twin/specimens/$f" bs=1 seek=9000 conv=notrunc 2>/dev/null
iphase-dataset merge twins s1 twin >out 2>&1
[ $? = 1 ] && grep -q "specimens/$f: is there, but" out
result 'nor doubles that differ' $?

# ---- killed ----

setsid sh -c 'exec iphase-dataset run tiny.plan -o k --threads=2 -q' >out 2>&1 &
pid=$!
i=0
while [ "$(made k 2>/dev/null || echo 0)" -lt 3 ] && [ $i -lt 600 ]; do
	sleep 0.05
	i=$((i + 1))
done
kill -9 -$pid 2>/dev/null
wait $pid 2>/dev/null
before=$(made k)
[ "$before" -ge 3 ] && for f in k/specimens/[0-9]*.ipt; do
	cmp "$f" "a/specimens/${f##*/}" || break
done >out 2>&1 && [ ! -s out ]
result "killed: the $before specimens that are there are whole" $?
iphase-dataset run tiny.plan -o k >out 2>&1 &&
	grep -q ", $((10 - before)) of them" out && diff -r a k >>out
result 'the next run makes the rest, to the same bytes' $?

# ---- asked to end ----

sed 's/each 2..5 5..9/400/; s/pixels.*/pixels = 64/; s/width = 12/width = 40/
	s/sampling.*/sampling = 0.05/' tiny.plan >long.plan
iphase-dataset run long.plan -o long --threads=2 >out 2>&1 &
pid=$!
i=0
: >children
while [ ! -s children ] && [ $i -lt 600 ]; do
	sleep 0.05
	ps -A -o ppid= -o pid= | awk -v p=$pid '$1 == p { print $2 }' >children
	i=$((i + 1))
done
kill -TERM $pid
wait $pid
[ $? = 1 ] && grep -q 'asked to end after [0-9]* of 10; the same' out &&
	! grep -q ' failed: ' out && [ -s children ] &&
	! kill -0 "$(head -n 1 children)" 2>>out && [ "$(made long)" = 0 ]
result 'SIGTERM ends its jobs, too' $?

# ---- what is wrong ----

iphase-dataset run mixed.plan -o a >out 2>&1
[ $? = 1 ] && grep -q 'a/plan: is there, but is another' out
result 'another plan in the same folder' $?
cp -r a b
printf x | dd of=b/specimens/00000-SrTiO3.ipt bs=1 seek=9000 conv=notrunc \
	2>/dev/null
rm b/specimens/00001-GaN.ipt
cp b/specimens/00002-SrTiO3.ipt b/specimens/00003-SrTiO3.ipt
iphase-dataset check b >out 2>&1
[ $? = 1 ] && grep -q '00001-GaN.ipt: is not there' out &&
	grep -q '00003-SrTiO3.ipt: .* another command' out &&
	grep -q '1 are not there and 2 are not as' out
result 'check finds what is damaged, missing, of another command' $?
sed 's/O=0.1/O=7/' tiny.plan >bad.plan
iphase-dataset run bad.plan -o bad --threads=2 >out 2>&1
[ $? = 1 ] && [ "$(made bad)" = 8 ] && grep -q 'error: 2 specimens failed' out &&
	[ "$(grep -c 'SrTiO3 failed: iphase-simulate .*O=7' out)" = 2 ]
result 'one that fails does not stop the rest' $?

SLURM_ARRAY_TASK_ID=6 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=7 \
	iphase-dataset run tiny.plan -o no >out 2>&1
[ $? = 1 ] && grep -q 'TASK_ID: 6, expected one of 2 tasks from 7 on' out
result 'a task that is none of its array' $?

# ---- split ----

learned() { (cd a && find learn check test -name '*.ipt' | sort); }
iphase-dataset split a --check=0.2 --test=0.2 --hold=GaN >out 2>&1 &&
	[ "$(learned | wc -l)" = 10 ] &&
	[ "$(find a/test -name '*GaN*' | wc -l)" = 4 ] &&
	[ "$(find a/test -name '*SrTiO3*' | wc -l)" = 1 ] &&
	[ "$(find a/check -name '*SrTiO3*' | wc -l)" = 1 ] &&
	cmp a/test/00001-GaN.ipt a/specimens/00001-GaN.ipt
result 'split, one crystal held back' $?
learned >first
iphase-dataset split a --check=0.2 --test=0.2 --hold=GaN >out 2>&1 &&
	learned >out && cmp first out
result 'the same once more' $?
iphase-dataset split a --check=0.2 --test=0.2 --seed=5 >out 2>&1 &&
	learned >out && ! cmp -s first out && [ "$(wc -l <out)" = 10 ]
result 'another seed splits anew' $?
sed 's/^crystals = SrTiO3 GaN/crystals = invented 4/; /vacancies/,$d' \
	tiny.plan >invented.plan
iphase-dataset run invented.plan -o i -q >out 2>&1 &&
	iphase-dataset split i --check=0.25 --test=0.25 >out 2>&1 &&
	for set in learn check test; do
		(cd i/$set && ls) | sed 's/.*-//' | sort | uniq -c |
			grep -v '^ *4 '
	done >out
[ ! -s out ] && [ "$(find i/check -name '*.ipt' | wc -l)" = 4 ]
result 'all specimens of an invented crystal stay together' $?

attempt() { iphase-dataset "$@"; }
refuse 2 'say what to do' make tiny.plan
refuse 2 'expected plan PLAN' plan
refuse 2 'expected merge' merge no
refuse 2 'give a folder' run tiny.plan
refuse 2 "shard: '0/2', expected I/N" run tiny.plan -o no --shard=0/2
refuse 2 "shard: '1/-1', expected I/N" run tiny.plan -o no --shard=1/-1
refuse 2 "shard: '3/2', expected I/N" run tiny.plan -o no --shard=3/2
refuse 2 'rate: 0, expected' plan none.plan --rate=0
refuse 2 'together 1 at most' split a --check=0.6 --test=0.6
refuse 2 "'Si' is no crystal" split a --hold=GaN,Si
refuse 1 'none.plan: cannot be opened' run none.plan -o no
refuse 1 'plan: cannot be opened' check none
echo 'sampling = x' >wrong.plan
refuse 1 "wrong.plan:1: sampling: found 'x'" plan wrong.plan
