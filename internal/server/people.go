package server

import (
	"fmt"

	"prokura/internal/directory"
	"prokura/internal/mail"
	"prokura/internal/registry"
	"prokura/internal/seal"
)

// newDirectory builds the directory, with the mail server where one is configured.
func (s *Server) newDirectory(catalogs *registry.Catalogs, sealer *seal.Sealer) (*directory.Directory, error) {
	c := directory.Config{Store: s.store, Clock: s.clock, Catalogs: catalogs, Sealer: sealer, Issuer: s.issuer, Log: s.log,
		LoginLife: s.cfg.Login.Life, LoginIdle: s.cfg.Login.Idle}
	if m := s.cfg.Mail; m.Host != "" {
		password, err := s.cfg.MailPassword()
		if err != nil {
			return nil, err
		}
		c.Mail, err = mail.NewSMTP(mail.Config{Host: m.Host, Port: m.Port, Encryption: mail.Encryption(m.TLS), From: m.From, User: m.User,
			Password: password, Clock: s.clock})
		if err != nil {
			return nil, fmt.Errorf("configuring mail: %w", err)
		}
	}
	return directory.New(c), nil
}
