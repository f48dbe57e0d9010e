# Draws results/bench/growth.csv: time of a search against the number of GPUs, and the number of
# divisors it is to stay below, scaled to the first point.
# usage: gnuplot -e "csv='results/bench/growth.csv'; svg='results/bench/growth.svg'" bench/growth.gp
set datafile separator ","
set terminal svg size 800,520 dynamic background rgb "white" font "sans-serif,13"
set output svg
set title "Time to search every parallel plan, one thread, median of 5"
set logscale x 2
set logscale y
set xrange [64:1048576]
set yrange [1:1000]
set format x "%.0f"
set xtics 64, 4
set xtics rotate by -30
set xlabel "GPUs of the fleet"
set ylabel "milliseconds"
set grid
set rmargin 6
set key below
models = system("tail -n +2 ".csv." | cut -d, -f1 | uniq | tr ' ' '~'")
name(i) = system("echo '".word(models, i)."' | tr '~' ' '")
plot for [i = 1:words(models)] csv skip 1 \
       using (strcol(1) eq name(i) ? $2 : NaN):6 with linespoints lw 2 pt 7 ps 0.6 title name(i), \
     csv skip 1 using (strcol(1) eq name(1) ? $2 : NaN):($3 * 3) with lines dt 2 lc rgb "gray40" \
       title "3 ms a divisor of the GPUs"
