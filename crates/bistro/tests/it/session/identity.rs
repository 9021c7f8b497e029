//! What a user does with his sessions and his account.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::http::Request;
use crate::session::{
    House, OTHER_PASSWORD, PASSWORD, SETUP, Setup, credentials, everywhere, set_cookie, text_at,
};

#[test]
fn who_signs_out_is_out_with_every_copy_of_the_cookie() {
    everywhere(SETUP, |house| {
        for target in ["/-/session", "/-/sessions"] {
            let mut client = house.client();
            if client.sign_up("ada@example.org", PASSWORD).status == 409 {
                client.enter("ada@example.org");
            }
            let mut copy = client.clone();
            assert_eq!(copy.kind(), "user");
            assert_eq!(client.delete(target).status, 204);
            assert_eq!(copy.kind(), "anyone", "{target}");
            for answer in [
                copy.get("/-/users/me"),
                copy.set_password(OTHER_PASSWORD, None),
                copy.delete("/-/sessions/others"),
            ] {
                assert_eq!(answer.status, 401, "{}", answer.text());
            }
            // Once more, and without a session, it is as good.
            assert_eq!(client.delete(target).status, 204);
            assert_eq!(copy.delete(target).status, 204);
        }
        let mut visitor = house.visitor();
        let mut copy = visitor.clone();
        assert_eq!(visitor.delete("/-/session").status, 204);
        assert_eq!(copy.kind(), "anyone");
        assert_eq!(
            house
                .client()
                .showing("rubbish")
                .delete("/-/session")
                .status,
            204
        );
    });
}

#[test]
fn looking_never_signs_out() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        for method in ["GET", "HEAD", "OPTIONS"] {
            for target in [
                "/-/session",
                "/-/sessions",
                "/-/sessions/others",
                "/-/users/me",
            ] {
                client.send(&Request::new(method, target));
            }
        }
        for target in [
            "/-/session/logout",
            "/-/logout",
            "/-/session?_method=DELETE",
        ] {
            client.get(target);
        }
        assert_eq!(client.kind(), "user");
    });
}

/// The names in a list of sessions.
fn names(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().expect("a list");
    list.iter().map(|one| text_at(one, "/id")).collect()
}

#[test]
fn a_user_sees_his_sessions_and_ends_one_or_the_others_or_all() {
    everywhere(SETUP, |house| {
        let mut one = house
            .client_at("203.0.113.7")
            .with("User-Agent", "Browser/1.0");
        one.sign_up("ada@example.org", PASSWORD);
        let mut others = [(); 3].map(|()| house.client());
        for client in &mut others {
            client.enter("ada@example.org");
        }
        let mut stranger = house.user("bob@example.org");

        let list = one.get("/-/sessions").json();
        assert_eq!(names(&list).len(), 4, "{list}");
        let is_current = |one: &&Value| one.get("is_current") == Some(&Value::Bool(true));
        let current: Vec<_> = list
            .as_array()
            .into_iter()
            .flatten()
            .filter(is_current)
            .collect();
        assert_eq!(current.len(), 1, "{list}");
        assert_eq!(text_at(current[0], "/address"), "203.0.113.7");
        assert_eq!(text_at(current[0], "/agent"), "Browser/1.0");
        for member in ["created", "seen", "signed_in"] {
            assert!(current[0].get(member).is_some_and(Value::is_i64), "{list}");
        }
        for key in others.iter().chain([&one]).map(super::Client::key) {
            assert!(!list.to_string().contains(&key), "a list shows no key");
        }

        let victim = text_at(&others[0].who(), "/session/id");
        assert_eq!(
            stranger.delete(&format!("/-/sessions/{victim}")).status,
            404
        );
        assert_eq!(
            house
                .client()
                .delete(&format!("/-/sessions/{victim}"))
                .status,
            404
        );
        assert_eq!(others[0].kind(), "user");
        assert_eq!(one.delete(&format!("/-/sessions/{victim}")).status, 204);
        assert_eq!(others[0].kind(), "anyone");
        assert_eq!(one.delete(&format!("/-/sessions/{victim}")).status, 404);
        assert_eq!(others[1].kind(), "user");

        assert_eq!(one.delete("/-/sessions/others").status, 204);
        assert_eq!(
            (others[1].kind(), others[2].kind()),
            ("anyone".into(), "anyone".into())
        );
        assert_eq!(one.kind(), "user");
        assert_eq!(names(&one.get("/-/sessions").json()).len(), 1);

        others[0].enter("ada@example.org");
        assert_eq!(one.delete("/-/sessions").status, 204);
        assert_eq!(
            (one.kind(), others[0].kind()),
            ("anyone".into(), "anyone".into())
        );
        assert_eq!(stranger.kind(), "user");
        others[0].enter("ada@example.org");
        assert_eq!(others[0].kind(), "user", "he may come back");

        let own = text_at(&others[0].who(), "/session/id");
        assert_eq!(others[0].delete(&format!("/-/sessions/{own}")).status, 204);
        assert_eq!(others[0].cookie, None);
    });
}

#[test]
fn another_password_ends_the_other_sessions() {
    everywhere(SETUP, |house| {
        let mut one = house.user("ada@example.org");
        one.remember("{\"a\":1}");
        let mut other = house.client();
        other.enter("ada@example.org");
        let answer = one.set_password(OTHER_PASSWORD, Some(PASSWORD));
        assert_eq!(answer.status, 204, "{}", answer.text());
        assert_eq!(other.kind(), "anyone");
        assert_eq!(one.kind(), "user");
        assert_eq!(one.data(), json!({"a": 1}), "what it remembers stays");
        assert_eq!(other.sign_in("ada@example.org", PASSWORD).status, 401);
        assert_eq!(other.sign_in("ada@example.org", OTHER_PASSWORD).status, 200);
        assert_eq!(names(&one.get("/-/sessions").json()).len(), 2);
    });
}

#[test]
fn a_password_that_another_one_replaced_meanwhile_proves_nothing() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let mut clients = [(); 4].map(|()| house.client());
        for client in &mut clients {
            client.enter("ada@example.org");
        }
        let wanted = |number: usize| format!("{OTHER_PASSWORD} {number}");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let changes = clients.iter_mut().enumerate().map(|(number, client)| {
                scope.spawn(move || client.set_password(&wanted(number), Some(PASSWORD)).status)
            });
            let changes: Vec<_> = changes.collect();
            let done = changes.into_iter().map(|change| change.join().unwrap());
            done.collect()
        });
        let done: Vec<usize> = (0..4).filter(|number| statuses[*number] == 204).collect();
        let [first] = done.as_slice() else {
            panic!("one of them changes it: {statuses:?}");
        };
        assert!(
            statuses.iter().all(|status| [204, 401].contains(status)),
            "{statuses:?}"
        );
        let answer = house.client().sign_in("ada@example.org", &wanted(*first));
        assert_eq!(answer.status, 200);
    });
}

#[test]
fn removing_an_account_ends_all_its_sessions() {
    everywhere(SETUP, |house| {
        let mut one = house.user("ada@example.org");
        let mut other = house.client();
        other.enter("ada@example.org");
        let request = Request::new("DELETE", "/-/users/me")
            .json(&json!({"current": "a wrong password"}).to_string());
        assert_eq!(other.send(&request).status, 401);
        let request =
            Request::new("DELETE", "/-/users/me").json(&json!({"current": PASSWORD}).to_string());
        assert_eq!(other.send(&request).status, 204);
        assert_eq!(
            (one.kind(), other.kind()),
            ("anyone".into(), "anyone".into())
        );
        assert_eq!(one.sign_in("ada@example.org", PASSWORD).status, 401);
        // Who signs up with the address then is somebody else.
        let answer = one.sign_up("ada@example.org", OTHER_PASSWORD);
        assert_eq!(answer.status, 201);
        assert_eq!(names(&one.get("/-/sessions").json()).len(), 1);
    });
}

#[test]
fn nobody_has_a_say_in_somebody_elses_account() {
    everywhere(SETUP, |house| {
        let mut ada = house.user("ada@example.org");
        let mut bob = house.user("bob@example.org");
        let (id, own) = (text_at(&ada.who(), "/id"), text_at(&bob.who(), "/id"));
        let target = format!("/-/users/{id}");
        let change = json!({"password": OTHER_PASSWORD, "current": PASSWORD}).to_string();
        for client in [&mut bob, &mut house.visitor(), &mut house.client()] {
            for method in ["GET", "PATCH", "DELETE"] {
                let answer = client.send(&Request::new(method, &target).json(&change));
                assert_eq!(answer.status, 404, "{method}");
                assert!(!answer.text().contains("ada@"), "{}", answer.text());
            }
        }
        assert_eq!(ada.get(&target).status, 200);
        // Whom it is about is said by the target alone, and what he may be by nobody.
        for body in [
            json!({"password": OTHER_PASSWORD, "current": PASSWORD, "id": id}),
            json!({"password": OTHER_PASSWORD, "current": PASSWORD, "roles": ["admin"]}),
            json!({"password": OTHER_PASSWORD, "current": PASSWORD, "email": "ada@example.org"}),
        ] {
            let request = Request::new("PATCH", "/-/users/me").json(&body.to_string());
            assert_eq!(bob.send(&request).status, 400, "{body}");
        }
        for more in [
            json!({"roles": ["admin"]}),
            json!({"id": own}),
            json!({"generation": 7}),
            json!({"is_admin": true}),
        ] {
            let mut body = json!({"email": "eve@example.org", "password": PASSWORD});
            for (name, value) in more.as_object().into_iter().flatten() {
                body[name] = value.clone();
            }
            for target in ["/-/users", "/-/session"] {
                let request = Request::new("POST", target).json(&body.to_string());
                assert_eq!(house.client().send(&request).status, 400, "{body}");
            }
        }
        let twice = format!(
            "{{\"email\":\"eve@example.org\",\"password\":\"{PASSWORD}\",\"email\":\"ada@example.org\"}}"
        );
        let request = Request::new("POST", "/-/session").json(&twice);
        assert_eq!(house.client().send(&request).status, 400);
        let form = format!("email=ada%40example.org&password=x&password={PASSWORD}");
        let request = Request::new("POST", "/-/session")
            .field("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        assert_eq!(house.client().send(&request).status, 400);
        assert_eq!(ada.get("/-/users/me").json()["roles"], json!([]));
    });
}

#[test]
fn nobody_signs_up_where_the_operator_makes_users() {
    let setup = Setup {
        rest: "[users]\nsign_up = false\n",
        ..SETUP
    };
    everywhere(setup, |house| {
        let answer = house.client().sign_up("ada@example.org", PASSWORD);
        assert_eq!((answer.status, set_cookie(&answer)), (403, None));
    });
}

#[test]
fn an_address_signs_up_once_however_it_is_written() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        for email in ["ada@example.org", "Ada@Example.ORG", " ada@example.org "] {
            let answer = house.client().sign_up(email, PASSWORD);
            assert!(
                [409, 422].contains(&answer.status),
                "{email}: {}",
                answer.status
            );
        }
        let mut client = house.client();
        assert_eq!(client.sign_in("ADA@example.org", PASSWORD).status, 200);
        // At the same time, too.
        let created = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..6)
                .map(|_| {
                    let mut client = house.client();
                    scope.spawn(move || client.sign_up("bob@example.org", PASSWORD).status)
                })
                .collect();
            let statuses = tries.into_iter().map(|one| one.join().expect("no panic"));
            statuses.filter(|status| *status == 201).count()
        });
        assert_eq!(created, 1);
    });
}

#[test]
fn a_password_may_be_long_and_of_any_characters_and_counts_to_its_end() {
    everywhere(SETUP, |house| {
        let long = |last: &str| format!("{}{last}", "correct horse battery ".repeat(9));
        let table = [
            ("a@example.org", long("x"), long("y")),
            (
                "b@example.org",
                "비밀번호는 길수록 좋다 🦊🦊".to_owned(),
                "비밀번호는 길수록 좋다 🦊🐻".to_owned(),
            ),
            (
                "c@example.org",
                " spaces count, too \u{1F512} ".to_owned(),
                "spaces count, too \u{1F512}".to_owned(),
            ),
            (
                "d@example.org",
                "nul\0 in the middle of it".to_owned(),
                "nul".to_owned(),
            ),
        ];
        for (email, password, other) in table {
            let answer = house.client().sign_up(email, &password);
            assert_eq!(answer.status, 201, "{password}: {}", answer.text());
            assert_eq!(
                house.client().sign_in(email, &password).status,
                200,
                "{password}"
            );
            assert_eq!(house.client().sign_in(email, &other).status, 401, "{other}");
            let upper = password.to_uppercase();
            if upper != password {
                assert_eq!(house.client().sign_in(email, &upper).status, 401, "{upper}");
            }
        }
        // The same letters, however a keyboard puts them together.
        house
            .client()
            .sign_up("e@example.org", "cafe\u{301} noir et serre");
        let answer = house
            .client()
            .sign_in("e@example.org", "caf\u{e9} noir et serre");
        assert_eq!(answer.status, 200);
        for refused in [
            "short",
            "password",
            "12345678",
            "f@example.org",
            &"x".repeat(2000),
        ] {
            let answer = house.client().sign_up("f@example.org", refused);
            assert_eq!(answer.status, 422, "{refused}");
            assert_eq!(set_cookie(&answer), None);
        }
    });
}

#[test]
fn who_signs_in_over_another_users_session_replaces_him() {
    everywhere(SETUP, |house| {
        house.user("bob@example.org");
        let mut client = house.user("ada@example.org");
        client.remember("{\"of\":\"ada\"}");
        let mut ada = client.clone();
        client.enter("bob@example.org");
        assert_eq!(text_at(&client.who(), "/user/email"), "bob@example.org");
        assert_eq!(client.data(), json!({}), "nothing of hers is his");
        assert_eq!(ada.kind(), "anyone", "her session has ended");
        ada.enter("ada@example.org");
        assert_eq!(text_at(&ada.who(), "/user/email"), "ada@example.org");
    });
}

#[test]
fn after_signing_out_nothing_of_before_is_there() {
    everywhere(SETUP, |house| {
        let mut client = house.visitor();
        let visitor = text_at(&client.who(), "/id");
        client.sign_up("ada@example.org", PASSWORD);
        assert_eq!(
            client.data(),
            json!({"a": 1}),
            "what the visitor had is taken along"
        );
        client.delete("/-/session");
        assert_eq!(client.who()["data"], json!({}));
        assert_eq!(client.kind(), "anyone");
        client.remember("{}");
        assert_ne!(text_at(&client.who(), "/id"), visitor, "another visitor");
    });
}

#[test]
fn a_refused_sign_in_leaves_the_session_as_it_was() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let mut client = house.visitor();
        let key = client.key();
        let answer = client.sign_in("ada@example.org", "a wrong password");
        assert_eq!((answer.status, set_cookie(&answer)), (401, None));
        assert_eq!(client.key(), key);
        assert_eq!(client.kind(), "visitor");
    });
}

#[test]
fn parallel_sign_ins_of_one_visitor_take_his_things_along_once() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let visitor = house.visitor();
        let clients = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4)
                .map(|_| {
                    let mut client = visitor.clone();
                    scope.spawn(move || {
                        client.enter("ada@example.org");
                        client
                    })
                })
                .collect();
            let tries = tries.into_iter();
            tries
                .map(|one| one.join().expect("no panic"))
                .collect::<Vec<_>>()
        });
        let keys: BTreeSet<_> = clients.iter().map(super::Client::key).collect();
        assert_eq!(keys.len(), 4);
        let with_data = clients.into_iter().filter_map(|mut client| {
            assert_eq!(client.kind(), "user");
            (client.data() == json!({"a": 1})).then_some(())
        });
        assert_eq!(with_data.count(), 1);
        assert_eq!(visitor.clone().kind(), "anyone");
    });
}

#[test]
fn a_form_signs_in_as_well_and_leads_a_browser_on() {
    everywhere(SETUP, |house: &House| {
        house.user("ada@example.org");
        let form = |body: String| {
            Request::new("POST", "/-/session")
                .field("Content-Type", "application/x-www-form-urlencoded")
                .field("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                .body(body)
        };
        let password = PASSWORD.replace(' ', "+");
        let mut client = house.client();
        let answer = client.send(&form(format!(
            "email=ada%40example.org&password={password}&next=%2Fsongs%3Flimit%3D1"
        )));
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(answer.field("Location"), Some("/songs?limit=1"));
        assert_eq!(client.kind(), "user");
        let json =
            Request::new("POST", "/-/session").json(&credentials("ada@example.org", PASSWORD));
        assert_eq!(house.client().send(&json).status, 200);
    });
}
