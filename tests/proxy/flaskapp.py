"""What a Flask application of a tutorial does: pages, forms, files, sessions."""
import flask

app = flask.Flask(__name__)
app.secret_key = "tests"


@app.route("/api/hello")
def hello():
    return flask.jsonify(hello="world", url=flask.request.url)


@app.route("/api/upload", methods=["POST"])
def upload():
    return str(len(flask.request.files["file"].read()))


@app.route("/api/login", methods=["POST"])
def login():
    flask.session["user"] = flask.request.form["user"]
    return flask.redirect(flask.url_for("me"))


@app.route("/api/me")
def me():
    return "I am %s" % flask.session.get("user", "nobody")


@app.route("/api/stream")
def stream():
    return flask.Response(("data: %d\n\n" % i for i in range(3)),
                          mimetype="text/event-stream")
