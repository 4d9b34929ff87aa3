# iphase-report: the manual's example, numbers of charts, names that are not
# kind, what is missing, what is refused.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
# for refuse ARGUMENT...
attempt() { iphase-report -q -o no.d "$@"; }
if command -v gnuplot >/dev/null 2>&1; then gnuplot=1; else gnuplot=; fi

# well_formed FILE: and it refers to nothing but its own pictures
well_formed() {
	# four letters are in a megabyte of base64 by chance
	sed 's/ src="data:image\/png;base64,[A-Za-z0-9+\/=]*"//' "$1" >no-data
	! grep -i -e '<script' -e '<link' -e '@import' -e http -e 'url(' \
		-e 'src=' no-data || return 1
	rm no-data
	if command -v xmllint >/dev/null 2>&1; then
		xmllint --noout "$1"
	elif command -v python3 >/dev/null 2>&1; then
		python3 -c 'import sys, xml.dom.minidom as m
m.parse(sys.argv[1])' "$1"
	fi
}

# there EXTENSION NAME...: all of report's files of these names
there() {
	extension=$1
	shift
	for f in "$@"; do
		[ -s "report/$f$extension" ] || return 1
	done
}

# same_tables DIR DIR
same_tables() {
	for f in "$1"/*.csv; do
		cmp "$f" "$2/${f##*/}" || return 1
	done
}

# comes_back FILE.png...: each from pad/report.html
comes_back() {
	for f in "$@"; do
		sed -n 's/.*alt="'"$f"'" src="data:image.png;base64,\([^"]*\)".*/\1/p' \
			pad/report.html | base64 -d >back && cmp back "$f" ||
			return 1
	done
}

# ---- the manual's example ----

sed -n '/^for crystal/,/^\.Ed/p' "$IP_SRCDIR/man/iphase-report.1" |
	sed '/^\.Ed/d; s/\\e$/\\/' >example.sh
mkdir tmp
# one thread: many on a busy machine wait for each other
TMPDIR=$PWD/tmp OMP_NUM_THREADS=1 sh example.sh >out 2>err && cat err >>out &&
	[ -s report/a-2.png ] && [ -s report/d-1.png ] &&
	there .csv b-loss b-parts b-pearson c-metrics d-1 f-maxima \
		thickness-mae thickness-pearson c-material-mae &&
	[ ! -e report/e-tilt-mae.csv ]
result 'the example of the manual' $?
well_formed report/report.html >out 2>&1 &&
	grep -q 'it is 0 degree in all pictures' report/report.html &&
	grep -q 'no numbers in dose' report/report.html &&
	grep -q 'After epoch 8, picture 0' report/report.html &&
	grep -q 'all.csv</td>\|all.csv (' report/report.html
result 'its page' $?
if [ "$gnuplot" ]; then
	ls report >out
	there .png b-loss b-parts b-pearson f-maxima thickness-mae \
		thickness-pearson c-material-mae c-material-pearson
	result 'its charts' $?
else
	skip 'its charts' 'no gnuplot'
fi
[ -z "$(ls tmp)" ]
result 'the temporary folder is gone' $?
if command -v base64 >/dev/null 2>&1; then
	# lengths that leave 0, 1 and 2 bytes over
	for i in x xx xxx; do
		{
			head -c 33 model-epoch0001-0.png
			printf %s "$i"
			tail -c 12 model-epoch0001-0.png
		} >$i.png
	done
	iphase-report --samples=x.png --samples=xx.png --samples=xxx.png \
		-o pad >out 2>&1 && comes_back x.png xx.png xxx.png >>out 2>&1
	result 'pictures come back from the page' $?
else
	skip 'pictures come back from the page' 'no base64'
fi

# ---- numbers ----

# Columns in another order, one that nobody knows, quotes, an end of CR LF.
# Tilts: acos(cos 0.3 cos 0.4) is 0.5 degree; means 30 and 50 %.
{
	printf 'method,material,colour,mae,pearson,rx_deg,ry_deg,'
	printf 'thickness_nm,max,max_truth,file,picture,std_over_mean\n'
	cat <<END2
network,"Ga,N",red,0.2,0.9,0,0,10,100,100,a,0,0.5
network,"Ga,N",red,0.4,0.7,0,0,10,210,200,a,1,0.5
network,"Ga,N",red,0.5,0.2,0.3,0.4,10,290,300,b,0,0.019
idpc_fitted,"Ga,N",red,nan,-0.5,0.3,0.4,10,1,300,b,0,0.5
network,other,red,0.5,0.6,0.3,-0.4,10,290,300,c,0,0.5
END2
} >known.csv
sed 's/$/\r/' known.csv >crlf.csv
iphase-report known.csv -o known >out 2>&1 &&
	iphase-report crlf.csv -o crlf >>out 2>&1 &&
	same_tables known crlf >>out 2>&1
result 'columns by their names' $?
cat >want <<'END2'
series,tilt_deg,mae_percent,quartile_low,quartile_high,pictures
network,0,30,25,35,2
network,0.5,50,50,50,2
END2
cmp want known/e-tilt-mae.csv >out 2>&1 &&
	grep -q 'Means over pictures, 4 of 3 files in all' known/report.html
result 'means by tilt' $?
cat >want <<'END2'
series,tilt_deg,pearson,quartile_low,quartile_high,pictures
network,0,0.8,0.75,0.85,2
network,0.5,0.6,0.6,0.6,1
"iDPC, fitted",0.5,-0.5,-0.5,-0.5,1
END2
cmp want known/e-tilt-pearson.csv >out 2>&1 &&
	grep -q '1 lines are of truths' known/report.html
result 'a flat truth is left out' $?
# maxima over thickness 10, 21, 29 by 10, 20, 30: R2 1 - 2/200
cat >want <<'END2'
material,method,pictures,pearson,mae_percent,peak_percent,ssim,psnr_db,r2_maxima
END2
head -n 1 known/c-metrics.csv >got
awk -F, '$1 == "\"Ga" && $3 == "network" && $4 == 3 && $5 == 0.8 && \
	$9 == "" && $10 == 0.99 { good++ }
	$1 == "\"Ga" && $3 == "idpc_fitted" && $4 == 1 && $6 == "" &&
	$10 == "" { good++ }
	$1 == "all" && $2 == "network" && $3 == 4 && $5 == 40 { good++ }
	$1 == "other" && $2 == "network" && $9 == "" { good++ }
	END { exit good != 4 }' known/c-metrics.csv && cmp want got >out 2>&1
result 'the table of metrics' $?
# (to the nearest nm the first and the last of ten are in the next bin)
awk 'BEGIN { print "method,material,thickness_nm,mae"
	for (i = 0; i < 10; i++) print "network,m," 4.6 + 5 * i ",0." i
	print "control_thin,m,200,0.1\nnetwork,m,200,0.1\nnetwork,m,201,0.2" }' \
	>bins.csv
cat >want <<'END2'
series,thickness_nm,mae_percent,quartile_low,quartile_high,pictures
network,0-5,0,0,0,1
network,5-20,20,15,25,3
network,20-50,65,52.5,77.5,6
network,100-200,10,10,10,1
network,above 200,20,20,20,1
END2
iphase-report bins.csv -o bins >out 2>&1 &&
	cmp want bins/thickness-mae.csv >>out 2>&1 &&
	grep -q 'Left out: the tables have no lines' bins/report.html &&
	grep -q 'no numbers in rx_deg and ry_deg' bins/report.html &&
	grep -q '<td>control: 20 % too thin</td><td>1</td>' bins/report.html &&
	[ ! -e bins/thickness-contrast.csv ]
result 'bins, and columns that are missing' $?
printf 'method,material,thickness_nm,contrast\nnetwork,m,10,0.5\n' >defect.csv
printf 'network,m,20,-0.25\nidpc_fitted,m,10,\n' >>defect.csv
cat >want <<'END2'
series,thickness_nm,contrast,quartile_low,quartile_high,pictures
network,10,0.5,0.5,0.5,1
network,20,-0.25,-0.25,-0.25,1
END2
iphase-report defect.csv -o defect >out 2>&1 &&
	cmp want defect/thickness-contrast.csv >>out 2>&1
result 'contrast of defects' $?
printf 'method,material,dose,mae\nnetwork,m,3e4,0.5\nnetwork,m,3e4,0.3\n' \
	>dose.csv
printf 'network,m,,0.9\nnetwork,m,100.2,0.1\n' >>dose.csv
cat >want <<'END2'
series,dose,mae_percent,quartile_low,quartile_high,pictures
network,100,10,10,10,1
network,30000,40,35,45,2
END2
iphase-report dose.csv -o dose >out 2>&1 &&
	cmp want dose/dose-mae.csv >>out 2>&1 &&
	grep -q '<p>1 of 4 lines do not say it' dose/report.html
result 'means by dose' $?
for i in 30 99.9 100 500 1e3 1e4 3e4 1e5 1e6 2e6; do
	echo "network,m,$i,0.5"
done >>dose.csv
cat >want <<'END2'
0-100,2
100-1000,3
1000-10000,1
10000-100000,4
100000-1e+06,2
above 1e+06,1
END2
iphase-report dose.csv -o dose >out 2>&1 &&
	sed 1d dose/dose-mae.csv | cut -d, -f2,6 | cmp want - >>out 2>&1
result 'bins of dose' $?
# Per nm 10, 10.05, 10.1: no R2; of the other 10, 10.06, 10.12, by 10, 10,
# 10.15: 1 - 45/72.
{
	echo 'method,material,thickness_nm,max,max_truth'
	echo 'network,same,1,9,10'
	echo 'network,same,2,20,20.1'
	echo 'network,same,3,31,30.3'
	echo 'network,other,1,10,10'
	echo 'network,other,2,20,20.12'
	echo 'network,other,3,30.45,30.36'
	echo 'network,two,1,10,10'
	echo 'network,two,2,20,22'
} >r2.csv
iphase-report r2.csv -o r2 >out 2>&1 &&
	grep -q '^same,network,3,.*,$' r2/c-metrics.csv &&
	grep '^other,network,3,' r2/c-metrics.csv | awk -F, '{
		exit !($9 > 0.37499 && $9 < 0.37501) }' &&
	grep -q '^two,network,2,.*,$' r2/c-metrics.csv &&
	grep -q '^"same, n = 3",10,9$' r2/f-maxima.csv &&
	grep -q '^"two, n = 2",11,10$' r2/f-maxima.csv &&
	grep -q '^"other, n = 3, R2 = 0.375",10,10$' r2/f-maxima.csv
result 'no R2 of maxima that are equal, or of two' $?
sed '/,other,/d; /,two,/d' r2.csv >same.csv
iphase-report same.csv -o r2 >out 2>&1 &&
	grep -q 'by the predicted ones: not defined\.' r2/report.html
result 'nor over all' $?
{
	echo 'method,material,truth,mae,thickness_nm,max,max_truth'
	for t in potential_zone potential_beam; do
		for i in 1 2 3 4; do
			echo "network,m,$t,0.$i,$((10 * i)),1$i,1$i"
		done
	done
} >truths.csv
iphase-report truths.csv -o truths >out 2>&1 &&
	grep -q '^"m, n = 4, R2 = 1.000",1.1,1.1$' truths/f-maxima.csv &&
	grep -q '^"m, n = 4, R2 = 1.000",11,11$' truths/f-maxima-2.csv &&
	grep -c 'Against potential_' truths/report.html | grep -q '^2$'
result 'two truths are kept apart' $?

# Signs of trust: ranks 1 2 3 4 5 and 2 1 3 5 4, so r = 1 - 6 4 / 120; of the
# known ones 1 2 3 4 and 2 1 3 4, so 1 - 6 2 / 60.
{
	echo 'method,mae,consistency,spread,trained'
	echo 'network,0.2,0.31,,1'
	echo 'network_fitted,0.1,0.9,0.9,1'
	echo 'network,0.1,0.32,,1'
	echo 'network,0.3,0.33,nan,1'
	echo 'network,0.5,0.34,,1'
	echo 'network,0.4,0.35,,0'
} >trust.csv
cat >want <<'END2'
series,consistency,mae_percent
material that the network was trained on,0.31,20
material that the network was trained on,0.32,10
material that the network was trained on,0.33,30
material that the network was trained on,0.34,50
material that it has not seen,0.35,40
END2
iphase-report trust.csv -o trust >out 2>&1 &&
	cmp want trust/trust-consistency.csv >>out 2>&1 &&
	grep 'consistency: 0.800 (95 % interval [-.0-9]* to [.0-9]*) of 5 of all' \
	trust/report.html | grep '; 0.800 (95 .*) of 4 of materials trained on' |
	grep -q 'not defined of 1 of materials not seen' && [ ! -e trust/trust-spread.csv ] &&
	{ [ ! "$gnuplot" ] || [ -s trust/trust-consistency.png ]; }
result 'error by consistency' $?
sed 's/,[^,]*$//; s/,nan$/,0.2/' trust.csv >said.csv
iphase-report said.csv -o said >out 2>&1 &&
	grep -q '^picture,0.2,30$' said/trust-spread.csv &&
	grep -q 'the spread: not defined of 1 of all\.' said/report.html &&
	! grep -q 'trained on' said/report.html &&
	[ ! -e known/trust-consistency.csv ] &&
	! grep -q 'signs of trust' known/report.html
result 'not said what it was trained on, and no signs' $?

printf 'method,model,mae\nnetwork,p,1\nnetwork,q,2\nnetwork,p,3\n' >two.csv
iphase-report two.csv -o two >out 2>&1 &&
	grep -q 'The tables are of 2 networks' two/report.html &&
	[ "$(grep -c 'network judged' two/report.html)" = 2 ]
result 'two networks are told' $?

# ---- an example that does not say all ----

# (of a zip only the contents have a check sum)
iphase-convert -q GaN.ipt -o GaN.npz >out 2>&1 &&
	LC_ALL=C sed 's/thickness\.npy/elsewhere.npy/g' GaN.npz >not-thick.npz &&
	iphase-report --example=not-thick.npz -o not-thick >>out 2>&1 &&
	grep -q '^"iDPC, fitted",0,,' not-thick/d-1.csv &&
	grep -q '<td>iDPC, fitted</td><td>0</td><td></td>' \
		not-thick/report.html && [ -s not-thick/d-1.png ]
result 'an example of unknown thickness' $?

# ---- names that are not kind ----

# shellcheck disable=SC2016
hostile='<script>alert(1)</script>"'\''`touch hacked`;!touch hacked
%s & quit'
cell=$(printf '%s' "$hostile" | sed 's/"/""/g')
{
	echo 'method,material,model,truth,mae,thickness_nm,max,max_truth,rx_deg,ry_deg'
	for i in 1 2 3 4; do
		echo "network,\"$cell\",\"$cell\",\"$cell\",0.1,$i,$i,$i,$i,0"
		echo "\"$cell\",\"$cell\",\"$cell\",\"$cell\",0.1,$i,$i,$i,$i,0"
	done
} >'a "b" '\''c <d>&.csv'
printf 'epoch,loss,pearson\n1,2,0.5\n2,1,0.6\n' >"x'\"<y>.csv"
name=$(printf 'z\377-epoch1-0.png')
cp model-epoch0001-0.png "$name"
mkdir "t m'p\"" 'r & "d'
TMPDIR="$PWD/t m'p\"" iphase-report 'a "b" '\''c <d>&.csv' \
	--log="x'\"<y>.csv" --samples="$name" -o 'r & "d' >out 2>&1 &&
	! grep warning out && well_formed 'r & "d/report.html' >>out 2>&1 &&
	grep -q '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;' \
		'r & "d/report.html' &&
	[ -z "$(find . -name hacked)" ] && [ -z "$(ls "t m'p\"")" ] &&
	{ [ ! "$gnuplot" ] || [ -s 'r & "d/f-maxima.png' ]; }
rc=$?
[ "$gnuplot" ] || ! grep -q 'no gnuplot' out || rc=0
result 'names that are not kind' $rc

# ---- gnuplot ----

PATH=$IP_BUILDDIR iphase-report known.csv --example=GaN.ipt -o without \
	>out 2>&1
rc=$?
[ $rc = 0 ] && [ "$(grep -c 'warning: there is no gnuplot' out)" = 1 ] &&
	[ -s without/d-1.png ] && [ ! -e without/e-tilt-mae.png ] &&
	cmp known/e-tilt-mae.csv without/e-tilt-mae.csv >>out 2>&1 &&
	grep -q 'was no gnuplot' without/report.html &&
	grep -q 'No network, for' without/report.html
result 'without gnuplot' $?
mkdir bad
printf '#!/bin/sh\necho "line 1: it fell over" >&2\nexit 1\n' >bad/gnuplot
chmod +x bad/gnuplot
PATH=$PWD/bad:$PATH iphase-report known.csv -o fell >out 2>&1 &&
	grep -q 'e-tilt-mae: gnuplot could not draw it: line 1: it fell' out &&
	[ -s fell/report.html ] && [ ! -e fell/e-tilt-mae.png ]
result 'a gnuplot that fails' $?
iphase-report known.csv -o fell >out 2>&1 &&
	cmp known/e-tilt-mae.csv fell/e-tilt-mae.csv >>out 2>&1
result 'into a folder that is there' $?

# ---- what is refused ----

refuse 2 'give a table'
refuse 2 '--example only' known.csv --model=model.ipt
: >empty.csv
refuse 1 'empty.csv: empty' empty.csv
head -n 1 known.csv >head.csv
refuse 1 'head.csv:1: a head and no rows' head.csv
head -c -3 known.csv >cut.csv
refuse 1 'cut.csv:6: .*cut off' known.csv cut.csv
printf 'method,mae\nnetwork,"0.1\n\n' >quote.csv
refuse 1 'quote.csv:4: .*cut off' quote.csv
printf 'method,mae\nnetwork,1\nnetwork\n' >uneven.csv
refuse 1 'uneven.csv:3: 1 cells, expected 2' uneven.csv
printf 'method,mae\n"a\nb",0.1\nnetwork,0x1\n' >word.csv
refuse 1 "word.csv:4: mae is '0x1'" word.csv
printf 'mae,method\n0.1,"a"\n0x1,network\n' >last.csv
refuse 1 "last.csv:3: mae is '0x1'" last.csv
printf 'method,mae\n"a"b,0.1\n' >behind.csv
refuse 1 "behind.csv:2: 'b' behind" behind.csv
printf 'method,mae\nnet\0work,0.1\n' >zero.csv
refuse 1 'zero.csv:2: a zero byte' zero.csv
refuse 1 'no column method' model.csv
refuse 1 'no column epoch' --log=known.csv
refuse 1 'absent.csv: cannot' absent.csv
refuse 1 'known.csv: not a whole PNG' --samples=known.csv
head -c 3000 model-epoch0001-0.png >cut.png
refuse 1 'cut.png: not a whole PNG' --samples=cut.png
refuse 1 'GaN.csv' --example=GaN.csv
refuse 1 'absent.ipt' --example=GaN.ipt --model=absent.ipt
iphase-report known.csv >out 2>&1
[ $? = 2 ] && grep -q 'give -o DIR' out
result 'refused: no folder' $?
: >file
iphase-report -q known.csv -o file >out 2>&1
[ $? = 1 ] && grep -q error out && [ ! -s file ]
result 'refused: a folder that is a file' $?
