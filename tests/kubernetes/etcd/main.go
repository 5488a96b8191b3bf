// Command etcd is the store behind the API server: one member, reached through a socket in its folder.
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
)

func main() {
	folder := flag.String("folder", "", "where the database and the socket `etcd.sock` are made")
	flag.Parse()
	if err := run(*folder); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	socket := func(name string) []url.URL {
		return []url.URL{{Scheme: "unix", Path: filepath.Join(folder, name)}}
	}
	config := embed.NewConfig()
	config.Dir = filepath.Join(folder, "etcd")
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true // nothing in a test's database has to survive the test
	// What it advertises stays at its default: it has no other member, and its one client is told the socket.
	config.ListenClientUrls = socket("etcd.sock")
	config.ListenPeerUrls = socket("peer.sock")

	member, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer member.Close()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case <-stop:
		return nil
	case err := <-member.Err():
		return err
	}
}
