10 rem a program that came down a wire
20 rem as two levels, one bit at a time
30 print "{clr}a wave, {rvs on}with love from petterm{rvs off}"
40 print "pi is";π
50 print
60 for a=0 to 4*π step .35
70 x=int(20+15*sin(a)+.5)
80 print tab(x);mid$("*+o",1+int(3*rnd(1)),1)
90 next a
100 print
110 print "this program is";peek(42)+256*peek(43)-1025;"bytes long,"
120 print "and checks itself:";
130 t=0
140 for i=1 to 24
150 read d:t=t+d
160 next i
170 if t=3060 then print " all is well.":end
180 print " a byte went wrong.":end
200 data 0,255,17,238,34,221,51,204
210 data 68,187,85,170,102,153,119,136
220 data 255,0,238,17,221,34,204,51
