// A server with Centrifuge, the library of Centrifugo. It publishes what the broker publishes on
// `bench:<list>` to the channel of that name, through its memory broker.
//
//	centrifuge PORT BROKER_PORT        the broker's password is in BROKER_PASSWORD
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/centrifugal/centrifuge"
)

func main() {
	node, err := centrifuge.New(centrifuge.DefaultConfig)
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: "ana"}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, done centrifuge.SubscribeCallback) {
			done(centrifuge.SubscribeReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	go forward(node, os.Args[2])
	http.Handle("/", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}

func forward(node *centrifuge.Node, port string) {
	connection, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(connection, "AUTH %s\r\nPSUBSCRIBE bench:*\r\n", os.Getenv("BROKER_PASSWORD"))
	replies := bufio.NewReaderSize(connection, 1<<20)
	for {
		reply := readReply(replies)
		if len(reply) == 4 && string(reply[0]) == "pmessage" {
			if _, err := node.Publish(string(reply[2]), reply[3]); err != nil {
				log.Fatal(err)
			}
		}
	}
}

// readReply returns the parts of the broker's next reply.
func readReply(from *bufio.Reader) [][]byte {
	kind, number := readLine(from)
	if kind != '*' {
		return nil
	}
	parts := make([][]byte, number)
	for i := range parts {
		kind, size := readLine(from)
		if kind != '$' {
			continue
		}
		text := make([]byte, size+2)
		if _, err := io.ReadFull(from, text); err != nil {
			log.Fatal(err)
		}
		parts[i] = text[:size]
	}
	return parts
}

func readLine(from *bufio.Reader) (byte, int) {
	line, err := from.ReadString('\n')
	if err != nil {
		log.Fatal(err)
	}
	number, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
	return line[0], number
}
