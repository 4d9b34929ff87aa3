# iphase-evaluate --trust: the numbers of iphase-infer --check and --ensemble,
# how they go with the error, and what must be known.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
model=$IP_SRCDIR/tests/golden/model_weights.npz
# for refuse ARGUMENT...
attempt() { iphase-evaluate -q --csv=no.csv --json=no.json "$@"; }
# column NAME FILE.csv [DIGITS]: of the network's pictures
column() {
	awk -F, -v name="$1" -v digits="${3-17}" 'NR == 1 {
			for (i = 1; i <= NF; i++) at[$i] = i
			if (!(name in at)) exit 1
		}
		$at["method"] == "network" {
			printf "%." digits "g\n", $at[name] }' "$2"
}
# said WORD: the number behind it on each line of the file said
said() { sed -n "s/^.*$1 \([-+.0-9e]*\).*$/\1/p" said; }
# equal COLUMN WORD: CSV and what iphase-infer said, to its four digits
equal() {
	column "$1" trust.csv 4 >one && said "$2" >two && [ -s one ] &&
		cmp one two >>out 2>&1
}
infer() { iphase-infer -q --threads=1 -o inferred.ipt "$@" >said 2>>out; }
trust() { iphase-evaluate -q --threads=1 --trust --csv=trust.csv "$@"; }

iphase-simulate -q --crystal=SrTiO3 --width=12 --thickness=2,3.2 \
	--sampling=0.15 --pixels=48 --fov=6.4 --tilt=1,0.5 -o sto.ipt >out 2>&1
iphase-simulate -q --crystal=GaN --width=12 --thickness=2,4 --dose=1e5 \
	--sampling=0.15 --pixels=48 --fov=5.9 -o gan.ipt >>out 2>&1
thin=$(iphase-evaluate sto.ipt --csv=t.csv >>out 2>&1 && awk -F, '
	$8 == "idpc_fitted" { printf "%s%.17g", n++ ? "," : "", 0.8 * $4 }' \
	t.csv)
iphase-convert -q "$model" -o zone.ipt --attribute=scale=6000 \
	--attribute=truth=potential_zone --attribute=materials='Fe, GaN' \
	>>out 2>&1

# a network of the potential along the beam, and one along the zone axis
for m in "$model" zone.ipt; do
	trust --model="$m" sto.ipt >out 2>&1 &&
		infer --model="$m" sto.ipt --check &&
		equal consistency consistency && equal displacement displacement
	result "the consistency of ${m##*/}" $?
	infer --model="$m" sto.ipt --check --thickness="$thin" &&
		equal consistency_thin consistency &&
		! equal consistency_thick consistency
	result "and if it is told too thin" $?
	infer --model="$m" sto.ipt --ensemble && equal spread turns: &&
		iphase-evaluate -q inferred.ipt --csv=mean.csv >>out 2>&1 &&
		column mae mean.csv >one && column ensemble_mae trust.csv >two &&
		cmp one two >>out 2>&1
	result "and its spread" $?
done
column consistency trust.csv >along
trust --model=zone.ipt sto.ipt --truth=potential_beam >out 2>&1 &&
	column consistency trust.csv | cmp along - >>out 2>&1 &&
	infer --model=zone.ipt sto.ipt --ensemble --truth=beam &&
	equal spread turns:
result 'judged along the beam, the consistency is the same' $?

iphase-evaluate --threads=1 --model=zone.ipt sto.ipt gan.ipt --trust \
	--csv=trust.csv --json=trust.json >out 2>&1 &&
	[ "$(column trained trust.csv | tr '\n' ' ')" = '0 0 1 1 ' ] &&
	[ "$(grep -c '^consistency [0-9.]*, told too thin' out)" = 4 ] &&
	[ "$(grep -c '^spread over turns [0-9.]*, MAE/mean of' out)" = 4 ]
result 'pictures of both kinds' $?
iphase-evaluate -q --threads=1 --model=zone.ipt sto.ipt gan.ipt \
	--csv=plain.csv >other 2>&1 && cut -d, -f1-37 trust.csv >head.csv &&
	cmp head.csv plain.csv >>other 2>&1
result 'nothing else changes' $?
iphase-evaluate -q --threads=3 --model=zone.ipt gan.ipt --trust \
	--csv=three.csv >other 2>&1 && sed '/^sto/d' trust.csv >some.csv &&
	cmp some.csv three.csv >>other 2>&1
result 'any number of threads' $?

# Not defined of two: two kinds, one thickness. Of four ranks without ties r = 1 - 6 sum d^2 / 60
for sign in consistency spread; do
	column mae trust.csv >y && r=$(column $sign trust.csv | paste - y |
		awk '{ x[NR] = $1; y[NR] = $2 } END {
		for (i = 1; i <= NR; i++) {
			d = 0
			for (k = 1; k <= NR; k++)
				d += (x[k] < x[i]) - (y[k] < y[i])
			sum += d * d
		}
		printf "%.3f", 1 - 6 * sum / 60 }')
	[ "$(grep -c "MAE/mean  *by $sign  *Spearman *$r, 95 %.*, n = 4$" out)" = 1 ] &&
		[ "$(grep -c "MAE/mean  *by $sign  *Spearman not defined of 2 " out)" = 3 ]
	result "Spearman by $sign" $?
done
column consistency trust.csv >a && column consistency_thin trust.csv >b &&
	column consistency_thick trust.csv | paste a b - | awk '
	{ a += $1; b += $2; c += $3; thin += $1 < $2; thick += $1 < $3
	both += $1 < $2 && $1 < $3 } END {
	printf "  consistency %.4g, told 20 %% too thin %.4g, too thick %.4g\n",
		a / 4, b / 4, c / 4
	printf "  below too thin in %.1f %%, too thick in %.1f %%,", thin / .04,
		thick / .04
	printf " both in %.1f %% of 4\n", both / .04 }' >want &&
	sed -n '/^all: 4 pictures/,/^materials/p' out | sed -n 6,7p >got &&
	cmp want got >>out 2>&1
result 'means and shares' $?
if command -v python3 >/dev/null 2>&1; then
	python3 - >>out 2>&1 <<'END2'
import csv
import json
with open("trust.json", encoding="utf-8") as f:
    j = json.load(f)
with open("trust.csv", newline="") as f:
    rows = [r for r in csv.DictReader(f) if r["method"] == "network"]
signs = ("consistency", "consistency_thin", "consistency_thick",
    "displacement", "spread", "ensemble_mae")
assert len(rows) == len(j["pictures"]) == 4
for r, p in zip(rows, j["pictures"]):
    assert all(float(r[k]) == p[k] for k in signs)
    assert p["trained"] is (r["trained"] == "1")
for name, part in (("all", rows), ("not_trained", rows[:2]),
    ("trained", rows[2:])):
    t = j["summary"]["trust"][name]
    n = len(part)
    assert t["pictures"] == t["spearman_spread"]["pictures"] == n
    for k in signs + ("mae",):
        assert abs(t[k] - sum(float(r[k]) for r in part) / n) < 1e-12
    thin = [float(r["consistency"]) < float(r["consistency_thin"])
        for r in part]
    thick = [float(r["consistency"]) < float(r["consistency_thick"])
        for r in part]
    got = t["consistency_below"]
    assert abs(got["too_thin"] - sum(thin) / n) < 1e-12
    assert abs(got["too_thick"] - sum(thick) / n) < 1e-12
    both = sum(a and b for a, b in zip(thin, thick))
    assert abs(got["both"] - both / n) < 1e-12 and got["pictures"] == n
    # by the shape: ranks of 1 - Pearson, where four have no ties
    if n == 4:
        rank = lambda v: [sum(b < a for b in v) for a in v]
        x = rank([1 - float(r["pearson"]) for r in part])
        for sign in ("consistency", "spread"):
            y = rank([float(r[sign]) for r in part])
            d = sum((a - b) ** 2 for a, b in zip(x, y))
            got = t["spearman_%s_pearson" % sign]["r"]
            assert abs(got - (1 - 6 * d / 60)) < 1e-12
    s = t["spearman_consistency"]
    assert (s["low"] < s["r"] < s["high"]) if n > 3 else s["r"] is None
groups = j["summary"]["by_thickness"]
assert len(groups) == 3
for g in groups:
    part = [r for r in rows if round(float(r["thickness_nm"])) ==
        g["thickness_nm"]]
    assert g["trust"]["pictures"] == len(part) > 0
    for k in signs + ("mae",):
        assert abs(g["trust"][k] - sum(float(r[k]) for r in part) /
            len(part)) < 1e-12
END2
	result 'CSV and JSON, read by Python' $?
else
	skip 'CSV and JSON, read by Python' 'no python3'
fi

refuse 2 '--trust runs a network .*give --model' --trust gan.ipt
for key in energy semiangle inner outer pixel_size; do
	iphase-convert -q gan.ipt -o without.ipt --attribute=$key=none >out 2>&1
	refuse 1 "no attribute $key in it" --model=zone.ipt --trust without.ipt
done
iphase-convert -q gan.ipt -o oblong.ipt --pixel-size=0.1,0.2 >out 2>&1
refuse 1 '--trust: pixels of 0.1 x 0.2 A; expected square' \
	--model=zone.ipt --trust oblong.ipt
