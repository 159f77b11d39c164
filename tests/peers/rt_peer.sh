#!/bin/sh
# Starts a throw-away Request Tracker 5 (REST2) on loopback with SQLite, its server in a process of its own.
# usage: rt_peer.sh DIR PORT   (prints "TOKEN <token>", pid in DIR/pid; tests/peers/install.sh installs what it needs)
set -eu
D=$1; P=$2
mkdir -p "$D/db" "$D/empty.d"
cat > "$D/RT_SiteConfig.pm" <<PM
use utf8;
Set(\$rtname, 'tour-test');
Set(\$Organization, 'tour.test');
Set(\$CorrespondAddress, 'rt\@tour.test');
Set(\$CommentAddress, 'rt-comment\@tour.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $P);
Set(\$WebPath, '');
Set(\$WebBaseURL, 'http://127.0.0.1:$P');
Set(\$WebURL, 'http://127.0.0.1:$P/');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$D/db/rt.sqlite3');
Set(\$DatabaseUser, ''); Set(\$DatabasePassword, '');
Set(\$MailCommand, 'testfile');
Set(\$Timezone, 'Europe/Paris');
Set(\$LogToSTDERR, 'error'); Set(\$LogToSyslog, undef); Set(\$LogToFile, undef);
1;
PM
RT_SITE_CONFIG=$D/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$D/empty.d
export RT_SITE_CONFIG RT_SITE_CONFIG_DIR
printf 'root-pw-for-tests\n' > "$D/rootpw"
[ -s "$D/db/rt.sqlite3" ] || /usr/sbin/rt-setup-database-5 --action init --skip-create --root-password-file "$D/rootpw" >"$D/init.log" 2>&1
cat > "$D/seed.pl" <<'PL'
use strict; use warnings; use lib '/usr/share/request-tracker5/lib';
use RT; RT->LoadConfig; RT->Init; require RT::AuthToken;
my $su = RT->SystemUser;
for my $n (qw(Support Formation Idees)) { my $q=RT::Queue->new($su); $q->Load($n); $q->Create(Name=>$n) unless $q->Id }
my $cf = RT::CustomField->new($su); $cf->Load('TourRef');
$cf->Create(Name=>'TourRef', Type=>'FreeformSingle', LookupType=>'RT::Queue-RT::Ticket', Queue=>0) unless $cf->Id;
my $u = RT::User->new($su); $u->Load('tour');
$u->Create(Name=>'tour', EmailAddress=>'tour@tour.test', Password=>'unused-by-token', Privileged=>1) unless $u->Id;
$u->PrincipalObj->GrantRight(Right=>$_, Object=>$RT::System)
  for qw(SeeQueue ShowTicket CreateTicket ModifyTicket ReplyToTicket CommentOnTicket ShowTicketComments SeeCustomField ModifyCustomField ManageAuthTokens);
my $cu = RT::CurrentUser->new($su); $cu->Load('tour');
my ($id,$msg,$auth) = RT::AuthToken->new($cu)->Create(Owner=>$u->Id, Description=>'tour connector');
print "TOKEN $auth\n";
PL
perl "$D/seed.pl" 2>"$D/seed.err"
nohup /usr/share/request-tracker5/libexec/rt-server --server HTTP::Server::PSGI --host 127.0.0.1 --port "$P" >"$D/server.log" 2>&1 </dev/null &
echo $! > "$D/pid"
i=0; until curl -s -o /dev/null "http://127.0.0.1:$P/REST/2.0/rt"; do i=$((i+1)); [ $i -lt 60 ] || exit 1; sleep 0.5; done
