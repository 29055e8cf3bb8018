load helper

# The addresses that the banner shows, and their order: the one for a phone
# first.

setup() {
	need python3 ip
	need_unshare --net
	serve_setup
	ROOT=$(realpath "$ROOT")
	export HOME=/nonexistent
}

# [OPTION]...: serve in a network namespace that the commands on stdin set up.
# $SHOWN gets its addresses as "ADDRESS INTERFACE", one per line.
show() {
	local setup

	setup=$(cat)
	RUN=(unshare --net sh -ec "ip link set lo up; $setup"$'\nexec "$@"' -
		python3 "$BATS_TEST_DIRNAME/relay.py" tty 2)
	serve_start --color=never "$@"
	serve_stop TERM
	SHOWN=$(sed -nE '2,$s!.*http://([^ ]*):[0-9]+/ *!\1 !p' "$ERR")
	SHOWN=${SHOWN//[][]/}
}

# NAME: a network card with a carrier, as far as a namespace can have one
card='card() { ip link add "$1" type veth peer name "p$1"; ip link set "p$1" up; ip link set "$1" up; }'

@test "the interface with the default route comes first, then the others in the kernel's order" {
	show --public <<-EOF
		$card
		card lan0; card lan1; card lan2
		ip addr add 198.51.100.7/24 dev lan0
		ip addr add 192.0.2.17/24 dev lan1
		ip addr add 2001:db8::17/64 dev lan1 nodad
		ip addr add 198.18.0.7/24 dev lan2
		ip route add default via 192.0.2.1
	EOF
	[ "$SHOWN" = "192.0.2.17 lan1
2001:db8::17 lan1
198.51.100.7 lan0
198.18.0.7 lan2" ]
}

@test "bridges of containers and virtual machines come after all others" {
	show --public <<-EOF
		$card
		for bridge in docker0 virbr0; do
			ip link add \$bridge type bridge
			ip link add v\$bridge type veth peer name w\$bridge
			ip link set v\$bridge master \$bridge
			ip link set v\$bridge up; ip link set w\$bridge up
			ip link set \$bridge up
		done
		ip addr add 172.17.0.1/16 dev docker0
		ip addr add 192.168.122.1/24 dev virbr0
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
	EOF
	[ "${SHOWN%%$'\n'*}" = "192.0.2.17 wlan0" ]
	[ "$(sort <<<"$SHOWN")" = "172.17.0.1 docker0
192.0.2.17 wlan0
192.168.122.1 virbr0" ]
}

@test "a bridge without a connected port is not shown" {
	show --public <<-EOF
		$card
		ip link add docker0 type bridge; ip link set docker0 up
		ip addr add 172.17.0.1/16 dev docker0
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
	EOF
	[ "$SHOWN" = "192.0.2.17 wlan0" ]
}

@test "a tunnel comes last, even with the default route" {
	need_file /dev/net/tun "tunnels"
	show --public <<-EOF
		$card
		python3 -c '
		import fcntl, os, struct, time
		fd = os.open("/dev/net/tun", os.O_RDWR)
		fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tun0", 0x1001))
		open("$BATS_TEST_TMPDIR/up", "w").close()
		time.sleep(20)' >/dev/null 2>&1 3>&- &
		until [ -e "$BATS_TEST_TMPDIR/up" ]; do sleep 0.1; done
		ip link set tun0 up
		ip addr add 10.8.0.2/24 dev tun0
		ip route add default dev tun0
		ip link add docker0 type bridge
		ip link add v0 type veth peer name w0
		ip link set v0 master docker0
		ip link set v0 up; ip link set w0 up; ip link set docker0 up
		ip addr add 172.17.0.1/16 dev docker0
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
	EOF
	[ "$SHOWN" = "192.0.2.17 wlan0
172.17.0.1 docker0
10.8.0.2 tun0" ]
}

@test "one interface shows all its IPv4 addresses and one IPv6 address" {
	show --public <<-EOF
		$card
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
		ip addr add 192.0.2.18/24 dev wlan0
		ip addr add 198.51.100.7/24 dev wlan0
		ip addr add 2001:db8::17/64 dev wlan0 nodad
		ip addr add fd00::17/64 dev wlan0 nodad
	EOF
	[ "$(wc -l <<<"$SHOWN")" = 4 ]
	[ "$(head -n 3 <<<"$SHOWN" | sort)" = "192.0.2.17 wlan0
192.0.2.18 wlan0
198.51.100.7 wlan0" ]
	[[ $SHOWN =~ $'\n'(2001:db8|fd00)::17\ wlan0$ ]]
}

@test "a deprecated or not yet verified IPv6 address is not shown" {
	show --public <<-EOF
		$card
		card wlan0
		ip addr add 2001:db8::1/64 dev wlan0 nodad preferred_lft 0
		ip addr add 2001:db8::17/64 dev wlan0 nodad
		ip addr add 2001:db8::2/64 dev wlan0 nodad preferred_lft 0
	EOF
	[ "$SHOWN" = "2001:db8::17 wlan0" ]
	show --public <<-EOF
		$card
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
		ip addr add 2001:db8::1/64 dev wlan0 nodad preferred_lft 0
	EOF
	[ "$SHOWN" = "192.0.2.17 wlan0" ]
}

# A stable address and a temporary one, as after a router advertisement.
@test "a stable IPv6 address is shown rather than a temporary one" {
	show --public <<-EOF
		$card
		card wlan0
		echo 2 >/proc/sys/net/ipv6/conf/wlan0/use_tempaddr
		ip addr add 2001:db8::17/64 dev wlan0 mngtmpaddr nodad \\
			valid_lft 86400 preferred_lft 14400
		until ip -6 addr show dev wlan0 temporary -tentative |
			grep 2001: >/dev/null; do sleep 0.1; done
	EOF
	[ "$SHOWN" = "2001:db8::17 wlan0" ]
}

@test "an address in 169.254.0.0/16 is shown only if there is no other" {
	show --public <<-EOF
		$card
		card wlan0
		ip addr add 169.254.3.4/16 dev wlan0
	EOF
	[ "$SHOWN" = "169.254.3.4 wlan0" ]
	show --public <<-EOF
		$card
		card wlan0; card lan0
		ip addr add 169.254.3.4/16 dev wlan0
		ip addr add 192.0.2.17/24 dev lan0
	EOF
	[ "$SHOWN" = "192.0.2.17 lan0" ]
}

@test "--public without a network says so, and answers once there is one" {
	show --public </dev/null
	[ -z "$SHOWN" ]
	[ "$(sed -n 2p "$ERR")" = \
		"No network now; --public answers when there is one." ]
	show -b 0.0.0.0 <<<'ip link add x0 type veth peer name x1
		ip addr add 192.0.2.1/24 dev x0; ip link set x0 up'
	[ "$(sed -n 2p "$ERR")" = \
		"No network now; -b 0.0.0.0 answers when there is one." ]
	echo later >"$ROOT/file"
	RUN=(unshare --net sh -c 'ip link set lo up; exec "$@"' -)
	serve_start --public
	nsenter --net="/proc/$PID/ns/net" sh -c '
		ip link add x0 type veth peer name x1
		ip link set x1 up; ip link set x0 up
		ip addr add 192.0.2.17/24 dev x0
		curl -sS "http://192.0.2.17:'"$PORT"'/file"' >"$OUT.curl"
	[ "$(cat "$OUT.curl")" = later ]
}

@test "all addresses of -b are shown, and the first one is the URL" {
	show -b 192.0.2.17 -b 127.0.0.2 -b 198.51.100.7 -b 2001:db8::17 <<-EOF
		$card
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
		ip addr add 198.51.100.7/24 dev wlan0
		ip addr add 2001:db8::17/64 dev wlan0 nodad
		ip addr add 2001:db8::18/64 dev wlan0 nodad
	EOF
	[ "$(sed "s/:$PORT/:PORT/; /^Stopped/d" "$ERR")" = "\
Serving $ROOT at http://192.0.2.17:PORT/
Also at:        http://127.0.0.2:PORT/
On the network: http://198.51.100.7:PORT/       wlan0
                http://[2001:db8::17]:PORT/     wlan0
Everyone who reaches this machine can read it (--key asks for a key). Ctrl-C stops." ]
	show -b 127.0.0.2 -b 192.0.2.17 <<-EOF
		$card
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
	EOF
	[ "$SHOWN" = "192.0.2.17 wlan0" ]
	show -b 127.0.0.2 -b 127.0.0.3 </dev/null
	[ "$SHOWN" = "127.0.0.3 " ]
}

@test "localhost is one URL, beside the other addresses" {
	show -b localhost -b 192.0.2.17 <<-EOF
		$card
		card wlan0
		ip addr add 192.0.2.17/24 dev wlan0
	EOF
	[ "$SHOWN" = "192.0.2.17 wlan0" ]
	[[ $(head -n 1 "$ERR") = *" at http://localhost:$PORT/" ]]
}

# ---- network cards, which a namespace cannot have: link INDEX NAME KIND FLAGS
# ... ----

# IPV4 IPV6 <MACHINE: print what is shown
choose() {
	"$DRIVER" addresses "$@"
}

@test "hardware comes before virtual interfaces, even without the default route" {
	run -0 choose 1 1 <<-EOF
		link 1 lo - lur 0 0
		link 2 veth7 veth ur 0 0
		link 3 docker0 bridge ur 0 0
		link 20 veth8 veth ur 3 0
		link 8 dummy0 dummy ur 0 0
		link 9 wg0 wireguard ur 0 0
		link 4 tun0 tun urp 0 0
		link 5 tailscale0 tun urp 0 0
		link 6 wlan0 - ur 0 0
		link 7 eth0 - u 0 0
		addr 1 127.0.0.1 -
		addr 2 10.1.0.1 -
		addr 3 172.17.0.1 -
		addr 4 10.8.0.2 -
		addr 5 fd7a::1 -
		addr 8 10.7.0.1 -
		addr 9 10.9.0.2 -
		addr 6 192.0.2.17 -
		addr 6 2001:db8::17 -
		addr 7 198.51.100.7 -
		source 10.8.0.2
	EOF
	[ "$output" = "192.0.2.17 wlan0
2001:db8::17 wlan0
10.1.0.1 veth7
172.17.0.1 docker0
10.7.0.1 dummy0
10.8.0.2 tun0
fd7a::1 tailscale0
10.9.0.2 wg0" ]
}

@test "a bridge, a bond or a VLAN over a network card counts as hardware" {
	run -0 choose 1 1 <<-EOF
		link 2 eth0 - ur 9 0
		link 3 eth1 - ur 8 0
		link 4 veth1 veth ur 10 0
		link 8 bond0 bond ur 0 0
		link 9 br0 bridge ur 0 0
		link 10 docker0 bridge ur 0 0
		link 11 eth1.7 vlan ur 0 3
		link 12 macvlan0 macvlan ur 0 4
		addr 10 172.17.0.1 -
		addr 12 10.0.0.1 -
		addr 11 198.51.100.7 -
		addr 9 192.0.2.17 -
		addr 8 203.0.113.7 -
	EOF
	[ "$output" = "203.0.113.7 bond0
192.0.2.17 br0
198.51.100.7 eth1.7
10.0.0.1 macvlan0
172.17.0.1 docker0" ]
}

@test "the network card with the default route comes first" {
	local machine='link 2 vmnet8 - ur 0 0
		link 3 wlan0 - ur 0 0
		addr 2 192.168.7.1 -
		addr 3 192.0.2.17 -
		addr 3 2001:db8::99 t
		addr 3 2001:db8::17 -'
	run -0 choose 1 1 <<<"$machine
		source 2001:db8::99"
	[ "$output" = "192.0.2.17 wlan0
2001:db8::17 wlan0
192.168.7.1 vmnet8" ]
	run -0 choose 0 1 <<<"$machine"
	[ "$output" = "2001:db8::17 wlan0" ]
	run -0 choose 1 0 <<<"$machine"
	[ "$output" = "192.168.7.1 vmnet8
192.0.2.17 wlan0" ]
}
